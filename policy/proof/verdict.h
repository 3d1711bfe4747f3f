// Does what the kernel reports hold what was planned? Pure; the gate asks at the exec event, and
// `bulkhead verify` at any later time.
//
// "Holds" means equal or stricter: the installed filters let no system call take effect that the
// planned filter does not, no capability beyond the planned ones can be had, no_new_privs is set
// where it was planned, the AppArmor label is the planned one and enforces, and what surrounds the
// program is as planned (policy/proof/isolation_verdict.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide/decide.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::policy {

// A plan made ready to compare: nothing is compiled or parsed at the moment of proof.
struct Expectation {
  std::optional<FilterProgram> filter;  // absent: no filter is demanded
  // A second filter that must hold as well (PlannedSeccomp::stacked); only beside `filter`.
  std::optional<FilterProgram> stacked;
  // Filters that must hold as well, each: those of the container that a process joins.
  std::vector<FilterProgram> also;
  // What Verdict::analysed told earlier, for the same `filter`.
  std::vector<std::string> accepted_stacks;
  std::string apparmor_label;      // empty: none is demanded
  bool complain_accepted = false;  // the policy keeps a profile that only complains
  bool no_new_privileges = false;
  oci_config::CapabilitySets capabilities;
  std::optional<PlannedUser> user;  // absent, as all that follows: may be any
  std::optional<PlannedPaths> paths;
  std::vector<PlannedNamespace> namespaces;
  // For who knows how the runtime was called: expectation_of() leaves it out.
  std::optional<DescriptorAllowance> descriptors;
};

// `filter` is the program that plan.seccomp.profile compiles to; absent exactly when that is.
[[nodiscard]] Expectation expectation_of(const Plan& plan, std::optional<FilterProgram> filter);

// What of it still holds after the program has begun: not what a program may change by itself, and
// not what another process of the container may have otherwise.
[[nodiscard]] Expectation lasting(Expectation expectation);

// The same of the container's first process, when it comes back from a checkpoint; and what
// surrounds it as far as it never had the privilege to change that: its user without CAP_SETUID and
// CAP_SETGID, under no_new_privs; its paths and namespaces without CAP_SYS_ADMIN.
[[nodiscard]] Expectation after_checkpoint(Expectation expectation);

// How it was found that the installed filters hold the planned one.
enum class FilterProof : std::uint8_t {
  none_demanded,
  same_program,     // one of the installed filters is the planned program, byte for byte
  runtime_stub,     // the same behind a prefix that only answers ENOSYS (runc adds one)
  accepted_before,  // an earlier exact analysis of the same bytes found that it holds
  analysed,         // exact analysis, now
  taken,            // not read back: the gate installed the planned program, and the kernel took it
  failed,
};
[[nodiscard]] std::string_view name_of(FilterProof proof);  // "same-program"

struct Difference {
  std::string subject;   // "seccomp", "apparmor", "no_new_privileges", "capabilities", "uid", …
  std::string sentence;  // "no seccomp filter is installed, but runtime/default must hold"
  bool operator==(const Difference&) const = default;
};

struct Verdict {
  std::vector<Difference> differences;  // empty: what was planned holds
  FilterProof filter_proof = FilterProof::none_demanded;
  // What exact analysis found now: the stack_digest() of filters that hold `filter`, and the
  // held_digest() of each other filter that had to hold and had to be analysed.
  std::vector<std::string> analysed;
  [[nodiscard]] bool holds() const { return differences.empty(); }
  [[nodiscard]] std::string sentence() const;  // the differences, joined by "; "
};

[[nodiscard]] Verdict judge(const Expectation& expected, const ObservedState& observed);

// The comparison of filters alone; `differences` tells why it failed.
[[nodiscard]] FilterProof judge_filters(const Expectation& expected,
                                        const std::vector<FilterProgram>& newest_first,
                                        std::vector<Difference>& differences);

// The digest of a stack of filters: SHA-256 over the number of filters and each one's length and
// bytes. Filters that let everything pass (a record's) change nothing of what holds, and are left
// out.
[[nodiscard]] std::string stack_digest(const std::vector<FilterProgram>& newest_first);

// The digest of "this stack holds this filter".
[[nodiscard]] std::string held_digest(const std::vector<FilterProgram>& newest_first,
                                      const FilterProgram& filter);

}  // namespace bulkhead::policy
