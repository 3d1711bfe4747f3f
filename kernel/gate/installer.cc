#include "kernel/gate/installer.h"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "kernel/arch/registers.h"
#include "kernel/observe/observe.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

struct NamedCall {
  std::string_view name;
  long nr;
};
constexpr std::array<NamedCall, 3> kCallsOfInstalling = {{
    {"mmap", SYS_mmap},
    {"munmap", SYS_munmap},
    {"seccomp", SYS_seccomp},
}};

// Of the calls that installing takes, the first that a filter does not allow whatever its
// arguments, to a task with these registers.
std::optional<std::string_view> first_forbidden(const policy::FilterProgram& filter,
                                                const Registers& registers = {}) {
  for (const NamedCall& call : kCallsOfInstalling) {
    const auto answer = policy::evaluate(
        filter, {.nr = number_of(registers, call.nr), .arch = audit_arch_of(registers)});
    if (answer.action != oci_config::SeccompAction::allow) return call.name;
  }
  return std::nullopt;
}

bool is_confining(const Installation& installation) {
  switch (installation.as) {
    case InstallAs::confining:
    case InstallAs::confining_and_logging: return true;
    case InstallAs::logging_beside:
    case InstallAs::completing:
    case InstallAs::completing_and_logging: return false;
  }
  return true;
}

bool logs(const Installation& installation) {
  switch (installation.as) {
    case InstallAs::confining:
    case InstallAs::completing: return false;
    case InstallAs::confining_and_logging:
    case InstallAs::logging_beside:
    case InstallAs::completing_and_logging: return true;
  }
  return false;
}

// The newest that confines: what records lets everything pass.
const policy::FilterProgram* newest_confining(
    const std::vector<policy::FilterProgram>& newest_first) {
  const auto found = std::ranges::find_if(newest_first, [](const policy::FilterProgram& filter) {
    return !policy::lets_everything_pass(filter);
  });
  return found == newest_first.end() ? nullptr : &*found;
}

}  // namespace

bool Installer::confines() const { return std::ranges::any_of(order_.installations, is_confining); }

void Installer::note_unlogged(std::string why) {
  if (unlogged_.empty()) unlogged_ = std::move(why);
}

void Installer::note_no_privilege() {
  constexpr std::string_view kWhy = "the init had no privilege left to install it";
  const bool completes = std::ranges::any_of(order_.installations, [](const Installation& one) {
    return one.as == InstallAs::completing || one.as == InstallAs::completing_and_logging;
  });
  if (completes) {
    incomplete_ = kWhy;
  } else {
    note_unlogged(std::string(kWhy));
  }
}

// Where the runtime's filter holds already it would kill or stop at a call that it does not allow.
void Installer::install_beside(RemoteCalls& calls, InstallScope scope) {
  const auto installed = dump_filters(calls.task());
  if (!installed) return note_unlogged(installed.error().sentence());
  const policy::FilterProgram* const newest = newest_confining(*installed);
  if (newest == nullptr) return note_unlogged("the runtime had installed no filter by then");
  if (const auto forbidden = first_forbidden(*newest, calls.registers())) {
    return note_unlogged(
        cat("the filter does not allow ", *forbidden, ", by which the gate would make it log"));
  }
  if (auto done = install_filter(calls, *newest, {.log = true, .scope = scope}); !done) {
    note_unlogged(done.error().sentence());
  }
}

// The runtime's filter, where it holds already, is the planned one at most.
void Installer::complete(RemoteCalls& calls, const Installation& installation, InstallScope scope) {
  const bool may_forbid = !filters_sleep_ && order_.expectation.filter;
  const auto forbidden =
      may_forbid ? first_forbidden(*order_.expectation.filter, calls.registers()) : std::nullopt;
  if (forbidden) {
    incomplete_ = cat("the filter does not allow ", *forbidden);
    return;
  }
  const InstallOptions options{.log = logs(installation), .scope = scope};
  if (auto done = install_filter(calls, installation.program, options); !done) {
    incomplete_ = done.error().sentence();
  }
}

Result<void> Installer::install_one(RemoteCalls& calls, const Installation& installation,
                                    InstallScope scope) {
  switch (installation.as) {
    case InstallAs::confining:
    case InstallAs::confining_and_logging:
      return install_filter(calls, installation.program,
                            {.log = logs(installation), .scope = scope});
    case InstallAs::logging_beside: install_beside(calls, scope); break;
    case InstallAs::completing:
    case InstallAs::completing_and_logging: complete(calls, installation, scope); break;
  }
  return {};
}

Result<void> Installer::install(RemoteCalls& calls, InstallScope scope) {
  for (const Installation& installation : order_.installations) {
    if (auto done = install_one(calls, installation, scope); !done) return done;
  }
  done_ = true;
  return {};
}

void Installer::give_up_record(std::string why) {
  recorded_ = true;
  unrecorded_ = std::move(why);
}

// It logs by its answer (SECCOMP_RET_LOG), not by the flag.
void Installer::install_record(RemoteCalls& calls, InstallScope scope) {
  recorded_ = true;
  const auto done = install_filter(calls, *order_.record->filter, {.log = false, .scope = scope});
  if (!done) give_up_record(done.error().sentence());
}

std::vector<policy::FilterProgram> Installer::taken() const {
  std::vector<policy::FilterProgram> newest_first;
  if (!done_) return newest_first;
  for (const Installation& installation : order_.installations) {
    if (is_confining(installation)) newest_first.push_back(installation.program);
  }
  std::ranges::reverse(newest_first);
  return newest_first;
}

std::string_view call_that_forbids_installing(const std::vector<policy::FilterProgram>& filters) {
  for (const policy::FilterProgram& filter : filters) {
    if (const auto forbidden = first_forbidden(filter)) return *forbidden;
  }
  return {};
}

Result<void> check_provable(const GateOrder& order) {
  if (order.proof == ProofBy::reading || !order.expectation.filter) return {};
  const auto forbidden = first_forbidden(*order.expectation.filter);
  if (!forbidden) return {};
  return base::fail(
      base::ErrorCode::unsupported,
      cat("filters cannot be read back in a user namespace, and the planned one does not allow ",
          *forbidden, ", by which the gate would have the kernel confirm it"),
      "allow mmap, munmap and seccomp in the profile, or set \"prove\" to \"never\"");
}

}  // namespace bulkhead::kernel
