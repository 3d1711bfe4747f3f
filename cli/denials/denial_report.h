// Denials for people: a summary that fits a screen, and one line for each as it comes.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>

#include "audit/denials/denial.h"
#include "cli/denials/denial_query.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

// The most frequent, below the name of their container; says how many more there are. `top` rows,
// or, where no number is asked for, as many as fit a screen of 24 lines.
void write_summary(const DenialSummary& summary, std::optional<std::size_t> top, std::time_t now,
                   Output& output);

// "07:20:01 shop/web/app  mount denied (ERRNO) by rule /syscalls/3; pid 4711 'sh'".
[[nodiscard]] std::string one_line(const audit::Denial& denial);

}  // namespace bulkhead::cli
