// What `bulkhead diff` tells of two filters, as tables and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/filters/filter_source.h"
#include "cli/screen/output.h"
#include "oci-config/seccomp_profile.h"
#include "policy/analysis/filter_decision.h"

namespace bulkhead::cli {

// What happens to a call from B to A.
enum class Change : std::uint8_t { looser, stricter, other_error };

[[nodiscard]] Change change_of(const policy::Witness& witness);

// Calls with the same answers on the same architectures.
struct DiffGroup {
  std::string a, b;
  std::vector<std::string> arches;
  std::vector<std::string> calls;
};

struct DiffChange {
  Change change = Change::looser;
  std::string_view title;  // "A allows what B does not"
  std::vector<DiffGroup> groups;
};

// What people are shown. Calls on which both differ alike stand in one row, with all architectures
// on which they do, the machine's own first. Numbers that no kernel names are one entry, and so is
// what architectures answer that neither filter lists.
struct DiffView {
  std::string a, b;
  std::string sentence;             // what the comparison comes to
  std::vector<DiffChange> changes;  // without empty ones
};
[[nodiscard]] DiffView diff_view(const FilterSource& a, const FilterSource& b,
                                 const policy::Comparison& comparison,
                                 oci_config::SeccompArch native);

void write_diff_text(const DiffView& view, Output& output);
[[nodiscard]] std::string diff_html(const DiffView& view);

// Every witness, nothing folded.
[[nodiscard]] std::string diff_json(const FilterSource& a, const FilterSource& b,
                                    const policy::Comparison& comparison);

}  // namespace bulkhead::cli
