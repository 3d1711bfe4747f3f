// The conditions of one case of a decision in words: what other conditions already say is left out,
// values have names, and what an argument is not is told as ranges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/analysis/filter_decision.h"

namespace bulkhead::cli {

enum class ArgumentBits : std::uint8_t { bits_32, bits_64 };  // of the architecture

// "(arg0 & CLONE_NEWUSER) == 0 and arg2 is not 3 or 8-15"; empty for no conditions. Says exactly as
// much as the conditions do.
[[nodiscard]] std::string text_of_conditions(std::string_view call, ArgumentBits bits,
                                             const std::vector<policy::ArgTest>& conditions);

}  // namespace bulkhead::cli
