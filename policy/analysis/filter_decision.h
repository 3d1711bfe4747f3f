// What a filter decides, exactly: for every (architecture, number) the set of argument conditions
// with their answers. Two sources give the same kind of value: a compiled program, by walking its
// paths; and a profile, by the meaning of its rules. Comparing both is the self-check.
//
// Exact means: no sampling. Every question is settled for all 2^32 architectures, all 2^32 numbers
// and all arguments, or it ends in an error that says why it cannot be (code unsupported); a bound
// on work and memory holds for every input. A witness that is returned has been run through
// evaluate().
//
// Not followed: the instruction pointer, and comparisons of two words with each other
// (filter_paths.h). Little-endian machines only.
//
// docs/how-the-analysis-works.md: "Decisions".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::policy {

// ---- what is decided, for people ----------------------------------------------------------------

// Which bits of an argument a test looks at: filters load 32 bits at a time, and many look at one
// half only. On 32-bit architectures the low half is the argument.
enum class ArgPart : std::uint8_t { whole, low_half, high_half };

// (argument & mask) op value. Never masked_eq: the mask is a member of its own.
struct ArgTest {
  std::uint32_t index = 0;
  ArgPart part = ArgPart::whole;
  oci_config::SeccompOperator op = oci_config::SeccompOperator::eq;
  std::uint64_t mask = 0xffffffffffffffff;
  std::uint64_t value = 0;
  bool operator==(const ArgTest&) const = default;
};

// "arg0 == 16", "(arg2 & 0x7e020000) != 0", "low half of arg1 >= 0x400".
[[nodiscard]] std::string text_of(const ArgTest& test);

struct DecisionCase {
  std::vector<ArgTest> conditions;    // all must hold; empty: always
  std::vector<FilterAnswer> answers;  // one; several where a profile's rules leave it open
  bool operator==(const DecisionCase&) const = default;
};

// Cases that exclude each other and together cover every argument.
using DecisionCases = std::vector<DecisionCase>;

struct CallRange {
  std::uint32_t arch_first = 0;  // AUDIT_ARCH_*
  std::uint32_t arch_last = 0;
  std::uint32_t nr_first = 0;
  std::uint32_t nr_last = 0;
  std::size_t decision = 0;  // index into FilterDecision::decisions
};

struct FilterDecision {
  std::vector<CallRange> ranges;  // sorted, disjoint, covering everything
  std::vector<DecisionCases> decisions;

  // The cases of one call. An x32 call has kX32Bit in its number.
  [[nodiscard]] const DecisionCases& cases(std::uint32_t arch, std::uint32_t nr) const;
};

// The decision of a stack of programs, newest first.
[[nodiscard]] base::Result<FilterDecision> analyse(const std::vector<FilterProgram>& newest_first);

// The decision of an expanded profile by the meaning of its rules (profile_graph.h).
[[nodiscard]] base::Result<FilterDecision> decision_of(const oci_config::SeccompProfile& expanded,
                                                       oci_config::SeccompArch native);

// ---- comparing ----------------------------------------------------------------------------------

// A system call on which two filters answer differently.
struct Witness {
  SyscallEvent event;
  std::string arch_name;     // "x86_64", "x86", "x32", or "arch 0x…"
  std::string syscall_name;  // empty for a number without a name
  FilterAnswer a;
  FilterAnswer b;
  std::uint32_t nr_last = 0;  // numbers event.nr to nr_last, none of them named, behave alike
};

// An argument of the witness by its name where it has one: "CLONE_NEWUSER".
[[nodiscard]] std::string argument_of(const Witness& witness, unsigned argument);

// "clone(CLONE_NEWUSER, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)".
[[nodiscard]] std::string describe(const Witness& witness);

enum class Relation : std::uint8_t {
  equal,
  a_stricter,  // somewhere stricter, nowhere less strict
  b_stricter,
  incomparable,    // each is stricter somewhere
  equally_strict,  // the actions are the same everywhere; errno or trace data are not
};
[[nodiscard]] std::string_view name_of(Relation relation);

struct Comparison {
  Relation relation = Relation::equal;
  bool data_differs = false;  // somewhere with the same action: another errno, other trace data
  std::vector<Witness> witnesses;  // one for each (arch, nr, kind of difference); empty when equal
};

// Compares stacks of programs (newest first). Error: unsupported ("not analysable: instruction 17:
// …") or when the bound on work is hit.
[[nodiscard]] base::Result<Comparison> compare(const std::vector<FilterProgram>& a,
                                               const std::vector<FilterProgram>& b);

// The gate's question: a call to which the installed stack gives a less strict answer than the
// planned program. a of the witness is the installed answer, b the planned one. A program that is
// installed byte for byte is settled without analysis.
[[nodiscard]] base::Result<std::optional<Witness>> allows_more(
    const std::vector<FilterProgram>& installed_newest_first, const FilterProgram& planned);

// The self-check: does the program answer as the expanded profile says, for every rule, every
// listed architecture, and everything that is not listed? What libseccomp adds is allowed for: the
// bad-arch action (KILL_THREAD) for architectures that are not listed. a of a witness is the
// program's answer, b the profile's.
[[nodiscard]] base::Result<std::vector<Witness>> disagreements(
    const FilterProgram& program, const oci_config::SeccompProfile& expanded,
    oci_config::SeccompArch native);

// The floor: where `profile` (a of a witness) answers less strictly than `floor` (b), at the level
// of their rules; no compile. Where rules leave the answer open, the least strict one of the
// profile is held against the strictest one of the floor.
[[nodiscard]] base::Result<std::vector<Witness>> excess(const oci_config::SeccompProfile& profile,
                                                        const oci_config::SeccompProfile& floor,
                                                        oci_config::SeccompArch native);

}  // namespace bulkhead::policy
