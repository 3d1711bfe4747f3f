#include "conformance/values/runtime_name.h"

#include <algorithm>

namespace bulkhead::conformance {

namespace {

std::string_view first_of(std::string_view text, std::string_view ends) {
  return text.substr(0, std::min(text.find_first_of(ends), text.size()));
}

}  // namespace

RuntimeName runtime_named_in(std::string_view version_output) {
  const std::string_view line = first_of(version_output, "\n");
  const std::string_view word = first_of(line, " ");
  if (std::ranges::find(kRuntimeNames, word) == std::end(kRuntimeNames)) return {};
  const std::string_view rest = line.substr(word.size());
  const std::size_t digit = rest.find_first_of("0123456789");
  if (digit == std::string_view::npos) return {.family = std::string(word)};
  return {.family = std::string(word), .version = std::string(first_of(rest.substr(digit), " "))};
}

}  // namespace bulkhead::conformance
