// AppArmor profiles as apparmor_parser compiles them, as far as their capabilities.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::kernel::compiled {

inline std::string number(std::uint64_t value, int width) {
  std::string bytes;
  for (int at = 0; at < width; ++at) bytes += static_cast<char>(value >> (8 * at));
  return bytes;
}
inline std::string text(char code, const std::string& words) {
  return code + number(words.size() + 1, 2) + words + '\0';
}
inline std::string name(const std::string& word) { return text(4, word); }
inline std::string u32(std::uint64_t value) { return '\2' + number(value, 4); }
inline std::string blob(const std::string& bytes) { return '\6' + number(bytes.size(), 4) + bytes; }
inline std::string opened(const std::string& word) { return name(word) + '\7'; }
inline const std::string kEnd = "\x08";

inline std::string four(std::uint64_t first) {
  return u32(first) + u32(0) + u32(0xffffffff) + u32(0);
}

struct Caps {
  std::uint64_t low, high;
};
inline std::string profile(const std::string& called, Caps caps) {
  return opened("profile") + text(5, called) + name("xmatch") + blob("\7profile\x04\x05") + u32(3) +
         opened("flags") + u32(0) + u32(0) + u32(0) + kEnd + name("path_flags") + u32(4) +
         four(caps.low) + opened("caps64") + four(caps.high) + kEnd + name("aadfa") + blob("x") +
         kEnd;
}
inline std::string policy_of(const std::string& profiles) {
  return name("version") + u32(5) + name("namespace") + text(5, "ns") + profiles;
}

}  // namespace bulkhead::kernel::compiled
