// Not supported: filters for a machine of other endianness than this one (libseccomp refuses).
#include "kernel/filters/seccomp_compiler.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/filters/bounded_child.h"
#include "kernel/filters/recent_calls.h"
#include "policy/analysis/filter_decision.h"

namespace bulkhead::kernel {

namespace {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::Result;
using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using policy::FilterInstruction;
using policy::FilterProgram;

struct ContextDeleter {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ContextDeleter>;

constexpr std::size_t kMaxInstructions = 4096;  // BPF_MAXINSNS

std::uint32_t libseccomp_action(const ActionData& data) {
  const std::uint16_t value = data.errno_ret.value_or(EPERM);  // runc, crun: EPERM when absent
  switch (data.action) {
    case SeccompAction::kill_process: return SCMP_ACT_KILL_PROCESS;
    case SeccompAction::kill_thread: return SCMP_ACT_KILL_THREAD;
    case SeccompAction::trap: return SCMP_ACT_TRAP;
    case SeccompAction::return_errno: return SCMP_ACT_ERRNO(value);
    case SeccompAction::user_notif: return SCMP_ACT_NOTIFY;
    case SeccompAction::trace: return SCMP_ACT_TRACE(value);
    case SeccompAction::log: return SCMP_ACT_LOG;
    case SeccompAction::allow: return SCMP_ACT_ALLOW;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_compare libseccomp_operator(SeccompOperator op) {
  switch (op) {
    case SeccompOperator::ne: return SCMP_CMP_NE;
    case SeccompOperator::lt: return SCMP_CMP_LT;
    case SeccompOperator::le: return SCMP_CMP_LE;
    case SeccompOperator::eq: return SCMP_CMP_EQ;
    case SeccompOperator::ge: return SCMP_CMP_GE;
    case SeccompOperator::gt: return SCMP_CMP_GT;
    case SeccompOperator::masked_eq: return SCMP_CMP_MASKED_EQ;
  }
  return _SCMP_CMP_MIN;
}

scmp_arg_cmp libseccomp_condition(const ArgCondition& condition) {
  return {.arg = condition.index,
          .op = libseccomp_operator(condition.op),
          .datum_a = condition.value,
          .datum_b = condition.value_two};
}

// libseccomp answers with a negative errno.
std::unexpected<base::Error> refused(std::string_view what, int answer) {
  return fail(ErrorCode::invalid_input,
              cat(what, ": libseccomp says '", base::errno_text(-answer), "'"));
}

Result<Context> new_context(const SeccompProfile& profile) {
  Context context(seccomp_init(libseccomp_action(profile.default_action)));
  if (context) return context;
  return fail(ErrorCode::invalid_input,
              cat("the default action ", name_of(profile.default_action.action),
                  " cannot be compiled: libseccomp does not take it on this kernel"));
}

std::unexpected<base::Error> unknown_architecture(SeccompArch arch) {
  const scmp_version* version = ::seccomp_version();
  return fail(ErrorCode::invalid_input,
              cat("the architecture ", name_of(arch), " is not known to libseccomp ",
                  version->major, '.', version->minor, '.', version->micro,
                  ", which Bulkhead was built with, and so neither to a runtime with that version"),
              "leave it out of 'architectures': this machine runs no program of it");
}

// libseccomp starts with the native architecture, and runtimes leave it in.
Result<void> add_architectures(const Context& context, const SeccompProfile& profile) {
  for (const SeccompArch arch : profile.architectures) {
    const int answer = seccomp_arch_add(context.get(), libseccomp_token(arch));
    if (answer == 0 || answer == -EEXIST) continue;
    if (answer == -EINVAL) return unknown_architecture(arch);
    return refused(cat("the architecture ", name_of(arch), " cannot be added"), answer);
  }
  return {};
}

int add_conditions(const Context& context, const SyscallRule& rule, int number) {
  std::vector<scmp_arg_cmp> conditions;
  for (const ArgCondition& condition : rule.args) {
    conditions.push_back(libseccomp_condition(condition));
  }
  return seccomp_rule_add_array(context.get(), libseccomp_action(rule.action), number,
                                static_cast<unsigned>(conditions.size()), conditions.data());
}

// libseccomp takes one condition per argument. runc and crun make of several conditions on one
// argument a rule each, so that any of them is enough; so do we.
int add_alternatives(const Context& context, const SyscallRule& rule, int number) {
  for (const ArgCondition& condition : rule.args) {
    const scmp_arg_cmp single = libseccomp_condition(condition);
    const int answer =
        seccomp_rule_add_array(context.get(), libseccomp_action(rule.action), number, 1, &single);
    if (answer < 0) return answer;
  }
  return 0;
}

Result<void> add_name(const Context& context, const SyscallRule& rule, const std::string& name) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) return {};
  const int answer = oci_config::repeated_index(rule.args) ? add_alternatives(context, rule, number)
                                                           : add_conditions(context, rule, number);
  if (answer == 0) return {};
  return refused(cat("the rule ", rule.pointer, " cannot be compiled for ", base::quoted(name)),
                 answer);
}

Result<void> add_rules(const Context& context, const SeccompProfile& profile) {
  const std::uint32_t default_action = libseccomp_action(profile.default_action);
  for (const SyscallRule& rule : profile.syscalls) {
    // libseccomp refuses a rule that repeats the default; runtimes leave it out.
    if (libseccomp_action(rule.action) == default_action) continue;
    for (const std::string& name : rule.names) {
      if (auto added = add_name(context, rule, name); !added) return added;
    }
  }
  return {};
}

std::unexpected<base::Error> too_long(std::size_t count) {
  return fail(ErrorCode::invalid_input,
              cat("the profile gives a program of ", count, " instructions; the kernel takes 1 to ",
                  kMaxInstructions));
}

Result<FilterProgram> read_program(const base::UniqueFd& memory) {
  static_assert(sizeof(FilterInstruction) == 8);  // struct sock_filter, as libseccomp exports it
  const off_t bytes = ::lseek(memory.get(), 0, SEEK_END);
  const auto count = static_cast<std::size_t>(bytes < 0 ? 0 : bytes) / sizeof(FilterInstruction);
  if (count == 0 || count > kMaxInstructions) return too_long(count);
  FilterProgram program(count);
  const std::size_t wanted = count * sizeof(FilterInstruction);
  const ssize_t got = ::pread(memory.get(), program.data(), wanted, 0);
  if (got == static_cast<ssize_t>(wanted)) return program;
  return base::fail_errno(ErrorCode::internal, "read back", "the exported program");
}

// Conditions on several arguments, by order or under masks, let libseccomp's work grow without
// bound: eight rules of six such conditions take minutes.
constexpr ChildBounds kBounds{.cpu_ms = 1000, .memory_bytes = std::size_t{1} << 30};

std::unexpected<base::Error> takes_too_long() {
  return fail(ErrorCode::invalid_input,
              cat("the profile cannot be compiled: libseccomp takes more than ",
                  kBounds.cpu_ms / 1000, " s of processor time or ", kBounds.memory_bytes >> 30U,
                  " GiB of memory, and a runtime would, too"),
              "write fewer rules with conditions on several arguments of one call");
}

int optimize_level(FilterShape shape) {
  switch (shape) {  // seccomp_attr_set(3)
    case FilterShape::linear: return 1;
    case FilterShape::binary_tree: return 2;
  }
  return 1;
}

// All that libseccomp does. Errors: invalid_input, without a remedy.
Result<void> export_program(const SeccompProfile& expanded, FilterShape shape,
                            const base::UniqueFd& memory) {
  auto context = new_context(expanded);
  if (!context) return std::unexpected(context.error());
  const auto level = static_cast<std::uint32_t>(optimize_level(shape));
  if (const int answer = seccomp_attr_set(context->get(), SCMP_FLTATR_CTL_OPTIMIZE, level)) {
    return refused("the filter's shape cannot be chosen", answer);
  }
  if (auto added = add_architectures(*context, expanded); !added) return added;
  if (auto added = add_rules(*context, expanded); !added) return added;
  const int answer = seccomp_export_bpf(context->get(), memory.get());
  if (answer < 0) return refused("the profile cannot be compiled", answer);
  return {};
}

// Leaves the program in memory, or the error's message. Returns 0, or -1 where it is a message.
int leave_program_or_message(const SeccompProfile& expanded, FilterShape shape,
                             const base::UniqueFd& memory) {
  const auto exported = export_program(expanded, shape, memory);
  if (exported) return 0;
  const std::string& message = exported.error().message;
  const bool is_left = ::ftruncate(memory.get(), 0) == 0 &&
                       ::pwrite(memory.get(), message.data(), message.size(), 0) >= 0;
  return is_left ? -1 : -2;
}

std::unexpected<base::Error> message_in(const base::UniqueFd& memory) {
  const off_t bytes = ::lseek(memory.get(), 0, SEEK_END);
  std::string message(static_cast<std::size_t>(std::max<off_t>(bytes, 0)), ' ');
  const ssize_t got = ::pread(memory.get(), message.data(), message.size(), 0);
  message.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return fail(ErrorCode::invalid_input, std::move(message));
}

}  // namespace

Result<FilterProgram> compile_seccomp(const SeccompProfile& expanded, FilterShape shape) {
  const base::UniqueFd memory(::memfd_create("bulkhead-filter", MFD_CLOEXEC));
  if (!memory.valid()) {
    return base::fail_errno(ErrorCode::kernel, "create", "memory for a filter");
  }
  const auto answer =
      in_bounded_child(kBounds, [&] { return leave_program_or_message(expanded, shape, memory); });
  if (!answer) return takes_too_long();
  if (*answer < 0) return message_in(memory);
  auto known = read_program(memory);
  if (!known) return known;
  auto program = answering_recent_calls(*known, expanded);
  if (program.size() > kMaxInstructions) return too_long(program.size());
  return program;
}

namespace {

// A program and where it does not answer as the profile says.
struct Checked {
  FilterProgram program;
  std::vector<policy::Witness> witnesses;

  [[nodiscard]] const policy::Witness* first_looser() const {
    const auto looser = std::ranges::find_if(witnesses, [](const policy::Witness& witness) {
      return !policy::at_least_as_strict(witness.a.action, witness.b.action);
    });
    return looser == witnesses.end() ? nullptr : &*looser;
  }
};

Result<Checked> compile_and_check(const SeccompProfile& expanded, FilterShape shape) {
  auto program = compile_seccomp(expanded, shape);
  if (!program) return std::unexpected(std::move(program.error()));
  auto witnesses = policy::disagreements(*program, expanded, oci_config::native_arch());
  if (!witnesses) return std::unexpected(std::move(witnesses.error()));
  return Checked{*std::move(program), *std::move(witnesses)};
}

FilterShape other_than(FilterShape shape) {
  return shape == FilterShape::linear ? FilterShape::binary_tree : FilterShape::linear;
}

std::unexpected<base::Error> allows_more_than_it_says(const policy::Witness& witness) {
  return fail(ErrorCode::internal,
              cat("the compiled filter does not answer as the profile says: libseccomp makes a "
                  "program of it that lets more through: ",
                  policy::describe(witness)),
              "nothing is installed, and a runtime would install the same; write the rules so that "
              "each call has one with the conditions of one kind, and report the profile to "
              "libseccomp");
}

}  // namespace

Result<FilterProgram> compile_seccomp_checked(const SeccompProfile& expanded, FilterShape shape) {
  auto first = compile_and_check(expanded, shape);
  if (!first) return std::unexpected(std::move(first.error()));
  if (first->witnesses.empty()) return std::move(first->program);
  auto second = compile_and_check(expanded, other_than(shape));
  if (second && second->witnesses.empty()) return std::move(second->program);
  const policy::Witness* looser = first->first_looser();
  if (looser == nullptr) return std::move(first->program);
  if (second && second->first_looser() == nullptr) return std::move(second->program);
  return allows_more_than_it_says(*looser);
}

}  // namespace bulkhead::kernel
