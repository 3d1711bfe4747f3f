// What `bulkhead diff` tells of two filters, as tables and as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "cli/filters/filter_source.h"
#include "cli/screen/output.h"
#include "oci-config/seccomp_profile.h"
#include "policy/analysis/filter_decision.h"

namespace bulkhead::cli {

// What happens to a call from B to A.
enum class Change : std::uint8_t { looser, stricter, other_error };

[[nodiscard]] Change change_of(const policy::Witness& witness);

// Calls on which both differ alike stand in one row, with all architectures on which they do, the
// machine's own first. Numbers that no kernel names are one entry, and so is what architectures
// answer that neither filter lists.
void write_diff_text(const FilterSource& a, const FilterSource& b,
                     const policy::Comparison& comparison, oci_config::SeccompArch native,
                     Output& output);

// Every witness, nothing folded.
[[nodiscard]] std::string diff_json(const FilterSource& a, const FilterSource& b,
                                    const policy::Comparison& comparison);

}  // namespace bulkhead::cli
