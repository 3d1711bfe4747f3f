#include "policy/proof/verdict.h"

#include <linux/capability.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/filter/enosys_stub.h"
#include "policy/proof/isolation_verdict.h"
#include "policy/syscalls/syscalls.h"
#include "policy/values/apparmor_mode.h"
#include "policy/values/apparmor_recorder.h"

namespace bulkhead::policy {

using base::cat;
using base::quoted;
using oci_config::CapabilityMask;
using oci_config::CapabilitySets;

namespace {

struct StackAnswer {
  bool holds = false;
  std::string why_not;
};

// The first witness may be a call that has no name; where there is a named one, people know that.
// Costs a whole comparison, on the way to a kill.
Witness nameable(const Witness& first, const std::vector<FilterProgram>& newest_first,
                 const FilterProgram& expected) {
  if (!first.syscall_name.empty()) return first;
  const auto comparison = compare(newest_first, {expected});
  if (!comparison) return first;
  const auto named = std::ranges::find_if(comparison->witnesses, [](const Witness& witness) {
    return !witness.syscall_name.empty() && !at_least_as_strict(witness.a.action, witness.b.action);
  });
  return named == comparison->witnesses.end() ? first : *named;
}

StackAnswer analyse(const std::vector<FilterProgram>& newest_first, const FilterProgram& expected) {
  const auto more = allows_more(newest_first, expected);
  if (!more) return {.why_not = cat("the installed filters are ", more.error().message)};
  if (!*more) return {.holds = true};
  const Witness witness = nameable(**more, newest_first, expected);
  return {.why_not =
              cat("the installed filters allow more than planned: ", describe(witness),
                  is_recent_call(witness.syscall_name)
                      ? "; a runtime whose libseccomp is older than this call leaves its rule out"
                      : "")};
}

// Exact analysis, and once more without the stubs that only answer ENOSYS: where the plan kills,
// ENOSYS is less strict, but the call takes no effect either.
StackAnswer analyse_with_stubs(const std::vector<FilterProgram>& newest_first,
                               const FilterProgram& expected) {
  StackAnswer answer = analyse(newest_first, expected);
  if (answer.holds) return answer;
  std::vector<FilterProgram> stripped = newest_first;
  bool any = false;
  for (FilterProgram& program : stripped) {
    auto rest = without_enosys_stub(program);
    if (!rest) continue;
    program = std::move(*rest);
    any = true;
  }
  if (any && analyse(stripped, expected).holds) return {.holds = true};
  return answer;
}

std::string names(CapabilityMask mask) {
  return base::join(oci_config::capability_names(mask), ", ");
}

void judge_set(std::string_view set, CapabilityMask observed, CapabilityMask planned,
               std::vector<Difference>& differences) {
  const CapabilityMask excess = observed & ~planned;
  if (excess == 0) return;
  const std::string known = names(excess);
  differences.push_back(
      {.subject = "capabilities",
       .sentence = cat("the ", set, " set holds ", known.empty() ? base::hex(excess) : known,
                       " beyond the plan")});
}

// runc from 1.3 on gives all that it has where config.json has no process.capabilities.
constexpr std::string_view kNonePlanned =
    "; none is planned, also where config.json has no process.capabilities, which some runtimes "
    "take for all: write the member, with empty lists or with what the program needs";

// At execve(2) of a root or set-user-ID program, permitted and effective become what the bounding
// and inheritable sets let through (capabilities(7)); so these two are bounded by all planned sets.
void judge_capabilities(const CapabilitySets& planned, const CapabilitySets& observed,
                        std::vector<Difference>& differences) {
  const CapabilityMask any = planned.bounding | planned.inheritable | planned.permitted |
                             planned.effective | planned.ambient;
  const std::size_t before = differences.size();
  judge_set("bounding", observed.bounding, planned.bounding, differences);
  judge_set("inheritable", observed.inheritable, planned.inheritable, differences);
  judge_set("ambient", observed.ambient, planned.ambient, differences);
  judge_set("permitted", observed.permitted, any, differences);
  judge_set("effective", observed.effective, any, differences);
  if (any == 0 && differences.size() > before) differences.back().sentence += kNonePlanned;
}

// The components of a stack ("a//&b"), sorted: the kernel may word it in another order, and another
// AppArmor namespace in another form.
std::vector<std::string> stacked_profiles(std::string_view label) {
  std::vector<std::string> profiles;
  for (const std::string_view member : apparmor_stack_members(label)) {
    profiles.push_back(canonical_apparmor_name(member));
  }
  std::ranges::sort(profiles);
  return profiles;
}

// Of what confines: a recording profile beside it only complains.
std::string_view confining_mode(const AppArmorLabel& observed) {
  return has_recorder(observed.name) ? observed.mode_beside_recorder : observed.mode;
}

void judge_apparmor(const Expectation& expected, const AppArmorLabel& observed,
                    std::vector<Difference>& differences) {
  if (expected.apparmor_label.empty()) return;
  const std::string confining = without_recorders(observed.name);
  if (stacked_profiles(confining) != stacked_profiles(expected.apparmor_label)) {
    differences.push_back(
        {.subject = "apparmor",
         .sentence = cat("the AppArmor profile in force is ",
                         observed.name.empty() ? "none" : quoted(observed.name), ", but ",
                         quoted(expected.apparmor_label), " must hold")});
  } else if (!confines(confining_mode(observed)) && !expected.complain_accepted) {
    differences.push_back(
        {.subject = "apparmor",
         .sentence = cat("the AppArmor profile ", quoted(confining), " is in mode ",
                         quoted(confining_mode(observed)), ", which does not enforce it")});
  }
}

}  // namespace

std::string stack_digest(const std::vector<FilterProgram>& newest_first) {
  std::string bytes;
  std::size_t instructions = 0;
  std::size_t filters = 0;
  for (const FilterProgram& program : newest_first) {
    instructions += program.size();
    filters += lets_everything_pass(program) ? 0 : 1;
  }
  bytes.reserve(instructions * sizeof(FilterInstruction) + newest_first.size() * 8 + 8);
  bytes += cat(filters);
  for (const FilterProgram& program : newest_first) {
    if (lets_everything_pass(program)) continue;
    bytes += cat(':', program.size(), ':');
    bytes.append(reinterpret_cast<const char*>(program.data()),
                 program.size() * sizeof(FilterInstruction));
  }
  return base::sha256_hex(bytes);
}

// What the first digest is of begins with a number.
std::string held_digest(const std::vector<FilterProgram>& newest_first,
                        const FilterProgram& filter) {
  return base::sha256_hex(cat("holds:", stack_digest(newest_first), ':', stack_digest({filter})));
}

Expectation expectation_of(const Plan& plan, std::optional<FilterProgram> filter) {
  return {.filter = std::move(filter),
          .stacked = {},
          .accepted_stacks = {},
          .apparmor_label = plan.apparmor.available ? plan.apparmor.label : std::string(),
          .complain_accepted = plan.apparmor.complain_accepted,
          .no_new_privileges = plan.process.no_new_privileges,
          .capabilities = plan.process.capabilities,
          .user = plan.process.user,
          .paths = plan.paths,
          .namespaces = plan.namespaces,
          .descriptors = std::nullopt};
}

Expectation lasting(Expectation expectation) {
  expectation.user.reset();
  expectation.paths.reset();
  expectation.namespaces.clear();
  expectation.descriptors.reset();
  return expectation;
}

Expectation after_checkpoint(Expectation expectation) {
  const oci_config::CapabilityMask had =
      expectation.capabilities.bounding | expectation.capabilities.permitted;
  const auto could = [had](int capability) { return (had >> capability & 1) != 0; };
  Expectation kept = lasting(expectation);
  if (expectation.no_new_privileges && !could(CAP_SETUID) && !could(CAP_SETGID)) {
    kept.user = std::move(expectation.user);
  }
  if (!could(CAP_SYS_ADMIN)) {
    kept.paths = std::move(expectation.paths);
    kept.namespaces = std::move(expectation.namespaces);
  }
  return kept;
}

std::string_view name_of(FilterProof proof) {
  switch (proof) {
    case FilterProof::none_demanded: return "none-demanded";
    case FilterProof::same_program: return "same-program";
    case FilterProof::runtime_stub: return "runtime-stub";
    case FilterProof::accepted_before: return "accepted-before";
    case FilterProof::analysed: return "analysed";
    case FilterProof::taken: return "taken";
    case FilterProof::failed: return "failed";
  }
  return "failed";
}

std::string Verdict::sentence() const {
  std::vector<std::string> sentences;
  for (const Difference& difference : differences) sentences.push_back(difference.sentence);
  return base::join(sentences, "; ");
}

namespace {

// What the bytes tell. One filter of a stack that holds the plan is enough: more filters only make
// it stricter.
std::optional<FilterProof> proof_by_bytes(const FilterProgram& planned,
                                          const std::vector<FilterProgram>& newest_first,
                                          std::vector<Difference>& differences) {
  if (std::ranges::find(newest_first, planned) != newest_first.end()) {
    return FilterProof::same_program;
  }
  if (std::ranges::any_of(newest_first, [&](const FilterProgram& program) {
        return is_behind_enosys_stub(program, planned);
      })) {
    return FilterProof::runtime_stub;
  }
  if (!newest_first.empty()) return std::nullopt;
  differences.push_back(
      {.subject = "seccomp", .sentence = "no seccomp filter is installed, but one must hold"});
  return FilterProof::failed;
}

bool is_accepted(const Expectation& expected, const std::string& digest) {
  return std::ranges::find(expected.accepted_stacks, digest) != expected.accepted_stacks.end();
}

FilterProof proof_by_analysis(const FilterProgram& planned,
                              const std::vector<FilterProgram>& newest_first,
                              std::vector<Difference>& differences) {
  StackAnswer answer = analyse_with_stubs(newest_first, planned);
  if (answer.holds) return FilterProof::analysed;
  differences.push_back({.subject = "seccomp", .sentence = std::move(answer.why_not)});
  return FilterProof::failed;
}

// One filter that must hold as well. What is analysed of it is remembered as for the planned one:
// runc orders what it puts before its filter by chance, so that the bytes of an exec differ from
// those of its container.
FilterProof judge_another(const FilterProgram& filter, const Expectation& expected,
                          const std::vector<FilterProgram>& newest_first, Verdict& verdict) {
  const auto by_bytes = proof_by_bytes(filter, newest_first, verdict.differences);
  if (by_bytes) return *by_bytes;
  std::string digest = held_digest(newest_first, filter);
  if (is_accepted(expected, digest)) return FilterProof::accepted_before;
  const FilterProof proof = proof_by_analysis(filter, newest_first, verdict.differences);
  if (proof == FilterProof::analysed) verdict.analysed.push_back(std::move(digest));
  return proof;
}

void judge_others(const Expectation& expected, const std::vector<FilterProgram>& newest_first,
                  Verdict& verdict) {
  const auto fails = [&](const FilterProgram& filter) {
    return judge_another(filter, expected, newest_first, verdict) == FilterProof::failed;
  };
  if (expected.stacked && fails(*expected.stacked)) verdict.filter_proof = FilterProof::failed;
  if (std::ranges::any_of(expected.also, fails)) verdict.filter_proof = FilterProof::failed;
}

}  // namespace

FilterProof judge_filters(const Expectation& expected,
                          const std::vector<FilterProgram>& newest_first,
                          std::vector<Difference>& differences) {
  if (!expected.filter) return FilterProof::none_demanded;
  const auto by_bytes = proof_by_bytes(*expected.filter, newest_first, differences);
  if (by_bytes) return *by_bytes;
  if (!expected.accepted_stacks.empty() && is_accepted(expected, stack_digest(newest_first))) {
    return FilterProof::accepted_before;
  }
  return proof_by_analysis(*expected.filter, newest_first, differences);
}

namespace {

// What was to be looked at and was not is a failed proof.
void judge_isolation(const Expectation& expected, const ObservedState& observed,
                     std::vector<Difference>& differences) {
  const auto not_looked_at = [&](std::string_view subject, std::string_view what) {
    differences.push_back(
        {.subject = std::string(subject), .sentence = cat("the ", what, " were not looked at")});
  };
  if (expected.user && observed.user) {
    judge_user(*expected.user, !expected.no_new_privileges, *observed.user, differences);
  } else if (expected.user) {
    not_looked_at("uid", "user and groups");
  }
  if (expected.paths && observed.paths) {
    judge_paths(*expected.paths, *observed.paths, differences);
  } else if (expected.paths) {
    not_looked_at("paths", "masked and read-only paths");
  }
  if (!expected.namespaces.empty() && observed.namespaces) {
    judge_namespaces(expected.namespaces, *observed.namespaces, differences);
  } else if (!expected.namespaces.empty()) {
    not_looked_at("namespaces", "namespaces");
  }
  if (expected.descriptors && observed.descriptors) {
    judge_descriptors(*expected.descriptors, *observed.descriptors, differences);
  } else if (expected.descriptors) {
    not_looked_at("descriptors", "open descriptors");
  }
}

}  // namespace

Verdict judge(const Expectation& expected, const ObservedState& observed) {
  Verdict verdict;
  verdict.filter_proof = judge_filters(expected, observed.filters, verdict.differences);
  if (verdict.filter_proof == FilterProof::analysed) {
    verdict.analysed.push_back(stack_digest(observed.filters));
  }
  judge_others(expected, observed.filters, verdict);
  judge_apparmor(expected, observed.apparmor, verdict.differences);
  if (expected.no_new_privileges && !observed.no_new_privileges) {
    verdict.differences.push_back(
        {.subject = "no_new_privileges", .sentence = "no_new_privs is not set, but it must be"});
  }
  judge_capabilities(expected.capabilities, observed.capabilities, verdict.differences);
  judge_isolation(expected, observed, verdict.differences);
  return verdict;
}

}  // namespace bulkhead::policy
