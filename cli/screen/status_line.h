// One thing that is so on this node, for the table of `bulkhead status`.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::cli {

enum class Light : std::uint8_t { good, note, bad };
struct StatusLine {
  std::string subject;
  Light light = Light::note;
  std::string text;
};

}  // namespace bulkhead::cli
