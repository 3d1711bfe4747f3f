// Filters for tests, written as their instructions read.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "policy/filter/filter.h"

namespace bulkhead::policy::test {

inline constexpr std::uint32_t kX86_64 = 0xc000003e;  // AUDIT_ARCH_*
inline constexpr std::uint32_t kX86 = 0x40000003;
inline constexpr std::uint32_t kAllow = 0x7fff0000;  // SECCOMP_RET_*
inline constexpr std::uint32_t kErrno = 0x00050000;
inline constexpr std::uint32_t kKillProcess = 0x80000000;
inline constexpr std::uint32_t kNr = 0;  // offsets in seccomp_data
inline constexpr std::uint32_t kArch = 4;
inline constexpr std::uint32_t kPointer = 8;

constexpr std::uint32_t low_of(unsigned arg) { return 16 + 8 * arg; }
constexpr std::uint32_t high_of(unsigned arg) { return 20 + 8 * arg; }

constexpr FilterInstruction load(std::uint32_t offset) { return {0x20, 0, 0, offset}; }
constexpr FilterInstruction ret(std::uint32_t value) { return {0x06, 0, 0, value}; }
constexpr FilterInstruction jeq(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {0x15, jt, jf, k};
}
constexpr FilterInstruction jgt(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {0x25, jt, jf, k};
}
constexpr FilterInstruction jge(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {0x35, jt, jf, k};
}
constexpr FilterInstruction jset(std::uint32_t k, std::uint8_t jt, std::uint8_t jf) {
  return {0x45, jt, jf, k};
}
constexpr FilterInstruction alu(std::uint16_t operation, std::uint32_t k) {
  return {static_cast<std::uint16_t>(0x04 | operation), 0, 0, k};
}
inline constexpr std::uint16_t kAdd = 0x00, kAnd = 0x50, kOr = 0x40, kLsh = 0x60, kRsh = 0x70,
                               kXor = 0xa0;

inline SyscallEvent call(std::uint32_t nr, std::array<std::uint64_t, 6> args = {},
                         std::uint32_t arch = kX86_64) {
  return {.nr = nr, .arch = arch, .args = args};
}

// Answers `otherwise` but for one number on x86-64.
inline FilterProgram one_number(std::uint32_t nr, std::uint32_t answer, std::uint32_t otherwise) {
  return {load(kArch), jeq(kX86_64, 0, 3), load(kNr), jeq(nr, 0, 1), ret(answer), ret(otherwise)};
}

}  // namespace bulkhead::policy::test
