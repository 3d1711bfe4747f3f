// Random filters that the kernel loads, and calls that their constants make interesting.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/unit/policy/filter_programs.h"

namespace bulkhead::policy::test {

using Random = std::mt19937_64;

inline std::uint32_t some_constant(Random& random) {
  constexpr std::uint32_t kPool[] = {0,          1,          2,          3,          5,
                                     16,         39,         102,        5000,       kX86_64,
                                     kX86,       0x40000000, 0x40000027, 0x7e020000, 0x10000000,
                                     0x80000000, 0x7fffffff, 0xffffffff, 0xff,       0xffff0000};
  const auto draw = random();
  if (draw % 8 == 0) return static_cast<std::uint32_t>(random());
  return kPool[(draw >> 8) % std::size(kPool)];
}

inline std::uint32_t some_answer(Random& random) {
  const auto data = static_cast<std::uint32_t>(random() % 4200);
  switch (random() % 24) {
    case 0: return kKillProcess;
    case 1: return 0;                  // KILL_THREAD
    case 2: return 0x00030000 | data;  // TRAP
    case 3: return 0x7ff00000 | data;  // TRACE
    case 4: return 0x7fc00000;         // USER_NOTIF
    case 5: return 0x7ffc0000;         // LOG
    case 6:
    case 7: return kAllow;
    case 8: return static_cast<std::uint32_t>(random());
    default: return kErrno | data;
  }
}

inline FilterInstruction some_load(Random& random) {
  constexpr std::uint32_t kUsual[] = {kNr, kArch, low_of(0), high_of(0), low_of(1), low_of(2)};
  if (random() % 6 == 0) return load(static_cast<std::uint32_t>(random() % 16) * 4);
  return load(kUsual[random() % std::size(kUsual)]);
}

inline FilterInstruction some_arithmetic(Random& random) {
  constexpr std::uint16_t kOperations[] = {0x00, 0x10, 0x20, 0x30, 0x40,
                                           0x50, 0x60, 0x70, 0x80, 0xa0};
  const std::uint16_t operation = kOperations[random() % std::size(kOperations)];
  const bool x = random() % 4 == 0 && operation != 0x80;
  std::uint32_t k = some_constant(random);
  if (operation == 0x60 || operation == 0x70) k %= 32;
  if (operation == 0x30 && k == 0) k = 4;
  return {static_cast<std::uint16_t>(0x04 | operation | (x ? 0x08 : 0)), 0, 0, k};
}

inline FilterInstruction some_jump(Random& random, std::size_t room) {
  constexpr std::uint16_t kTests[] = {0x15, 0x15, 0x15, 0x25, 0x35, 0x45};
  const std::size_t reach = std::min<std::size_t>(room, 6);
  const auto distance = [&] { return static_cast<std::uint8_t>(random() % reach); };
  const std::uint16_t x = random() % 12 == 0 ? 0x08 : 0;
  return {static_cast<std::uint16_t>(kTests[random() % std::size(kTests)] | x), distance(),
          distance(), some_constant(random)};
}

inline FilterInstruction some_instruction(Random& random, std::size_t room) {
  const auto cell = static_cast<std::uint32_t>(random() % 2);
  switch (random() % 16) {
    case 0:
    case 1:
    case 2:
    case 3: return some_load(random);
    case 4:
    case 5: return some_arithmetic(random);
    case 6: return {0x07, 0, 0, 0};
    case 7:
      return random() % 2 == 0 ? FilterInstruction{0x87, 0, 0, 0}
                               : FilterInstruction{0x02, 0, 0, cell};
    case 8:
      return random() % 2 == 0 ? FilterInstruction{0x60, 0, 0, cell}
                               : FilterInstruction{0x01, 0, 0, some_constant(random)};
    case 9: return ret(some_answer(random));
    case 10: return random() % 8 == 0 ? FilterInstruction{0x80, 0, 0, 0} : some_load(random);
    default: return some_jump(random, room);
  }
}

// Appends instructions to `program` until the kernel would take the whole.
inline FilterProgram random_program(Random& random, const FilterProgram& prologue = {}) {
  for (;;) {
    FilterProgram program = prologue;
    const std::size_t size = program.size() + 2 + random() % 40;
    while (program.size() + 1 < size) {
      program.push_back(some_instruction(random, size - program.size() - 1));
    }
    program.push_back(random() % 16 == 0 ? FilterInstruction{0x16, 0, 0, 0}
                                         : ret(some_answer(random)));
    if (check_program(program)) return program;
  }
}

// A constant of the program, or one beside it, or any.
inline std::uint32_t telling_word(Random& random, const FilterProgram& program) {
  const std::uint32_t k = program[random() % program.size()].k;
  switch (random() % 6) {
    case 0: return k + 1;
    case 1: return k - 1;
    case 2: return some_constant(random);
    default: return k;
  }
}

inline SyscallEvent random_call(Random& random, const FilterProgram& program) {
  SyscallEvent event = call(telling_word(random, program));
  if (random() % 3 == 0) event.arch = kX86;
  if (random() % 8 == 0) event.arch = telling_word(random, program);
  for (std::uint64_t& arg : event.args) {
    if (random() % 3 == 0) continue;
    arg = telling_word(random, program);
    if (random() % 3 == 0) arg |= std::uint64_t{telling_word(random, program)} << 32;
  }
  return event;
}

}  // namespace bulkhead::policy::test
