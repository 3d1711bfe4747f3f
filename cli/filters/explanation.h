// What a filter decides, as values that are printed as text, JSON or a page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/filters/filter_source.h"
#include "oci-config/seccomp_profile.h"
#include "policy/analysis/concrete_call.h"
#include "policy/analysis/filter_decision.h"

namespace bulkhead::cli {

enum class Standing : std::uint8_t { allowed, conditional, denied };
[[nodiscard]] std::string_view name_of(Standing standing);

struct SpecialCase {
  std::string when;    // "arg0 == AF_VSOCK and arg1 == 3"
  std::string answer;  // "ERRNO(EPERM)"
  bool operator==(const SpecialCase&) const = default;
};

// One call on one architecture.
struct CallView {
  std::string arch;  // "x86_64"
  std::string name;
  std::uint32_t nr = 0;
  std::string first_kernel;  // that of policy::first_kernel_of()
  Standing standing = Standing::denied;
  std::vector<SpecialCase> special;  // where the answer depends on arguments
  std::string otherwise;             // the answer for all other arguments
  std::string cause;                 // "rule /syscalls/3", "default action"; empty for a process
  std::string remark;                // what no filter can tell apart; mostly empty
};

// Whether the same is decided, whatever the architecture.
[[nodiscard]] bool same_decision(const CallView& a, const CallView& b);

// A question: a call, a call with given arguments, or a number, on one architecture or on all:
// "clone(CLONE_NEWUSER)", "socket(AF_VSOCK)", "435", "x86:socketcall", "c000003e:59".
struct CallQuestion {
  std::string text;                             // as it was asked
  std::string name;                             // empty: the number alone is known
  std::optional<std::uint32_t> number;          // asked for
  std::optional<oci_config::SeccompArch> arch;  // none: all that the filter speaks of
  policy::CallArguments arguments;
  bool concrete = false;  // arguments were given; those left out are 0
};
// Error: usage; an unknown call is answered with the nearest one. Arguments of a call whose flags
// lie in memory ask for nothing that a filter could tell apart, and are left out.
[[nodiscard]] base::Result<CallQuestion> parse_question(const std::string& text);

class Explanation {
 public:
  Explanation(const FilterSource& source, const policy::FilterDecision& decision)
      : source_(source), decision_(decision) {}

  // Nothing when the architecture has no such call.
  [[nodiscard]] std::optional<CallView> call(oci_config::SeccompArch arch,
                                             std::string_view name) const;
  // Every call of the architecture's table, by number.
  [[nodiscard]] std::vector<CallView> calls(oci_config::SeccompArch arch) const;
  // Nothing when the question is of another architecture, or the architecture has no such call.
  [[nodiscard]] std::optional<CallView> answer(oci_config::SeccompArch arch,
                                               const CallQuestion& question) const;

 private:
  [[nodiscard]] CallView view(oci_config::SeccompArch arch, std::string_view name,
                              std::uint32_t nr) const;
  [[nodiscard]] CallView concrete(oci_config::SeccompArch arch, std::string_view name,
                                  std::uint32_t nr, const policy::CallArguments& arguments) const;
  const FilterSource& source_;
  const policy::FilterDecision& decision_;
};

// The architectures to speak of: those that the profile lists and that have a table of calls; for a
// process the machine's own and its compatible ones.
[[nodiscard]] std::vector<oci_config::SeccompArch> architectures_of(const FilterSource& source,
                                                                    oci_config::SeccompArch native);

}  // namespace bulkhead::cli
