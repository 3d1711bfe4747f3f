// The instruction set of seccomp's classic BPF, decoded: what the evaluator, the checker, the
// disassembler and the symbolic walk share. Sources: linux/filter.h, linux/bpf_common.h, and the
// list of seccomp_check_filter() in kernel/seccomp.c.
//
// docs/how-the-analysis-works.md: "The program".
#pragma once

#include <cstdint>
#include <optional>

#include "policy/filter/filter.h"

namespace bulkhead::policy {

inline constexpr unsigned kDataBytes = 64;     // sizeof(struct seccomp_data)
inline constexpr unsigned kScratchWords = 16;  // BPF_MEMWORDS
inline constexpr std::size_t kMaxInstructions = 4096;

// struct seccomp_data as 32-bit words of a little-endian machine: number, architecture, instruction
// pointer (two halves), then the low and the high half of each argument. Big-endian machines, where
// the halves are swapped, are not supported.
inline constexpr unsigned kWordNumber = 0;
inline constexpr unsigned kWordArch = 1;
inline constexpr unsigned kWordPointerLow = 2;
inline constexpr unsigned kWordPointerHigh = 3;
inline constexpr unsigned kWordFirstArg = 4;
inline constexpr unsigned kWordCount = 16;

enum class OperationKind : std::uint8_t {
  load_word,      // A = a word of seccomp_data
  load_constant,  // A = k, or the length of seccomp_data
  load_memory,    // A = M[k]
  load_x_constant,
  load_x_memory,
  store,  // M[k] = A
  store_x,
  copy_a_to_x,
  copy_x_to_a,
  alu,  // A = A op operand
  jump,
  jump_if,
  return_constant,
  return_a,
};

enum class AluOperation : std::uint8_t { add, sub, mul, div, or_, and_, lsh, rsh, neg, xor_ };
enum class JumpTest : std::uint8_t { equal, greater, at_least, any_bit };

struct Operation {
  OperationKind kind = OperationKind::return_constant;
  AluOperation alu = AluOperation::add;
  JumpTest test = JumpTest::equal;
  bool operand_is_x = false;
  bool is_length = false;
};

// Of a constant table: valid for good. Null for an instruction that the kernel does not admit in a
// seccomp filter.
[[nodiscard]] const Operation* operation_of(std::uint16_t code);

// What the kernel returns where a program divides by an X that is zero (KILL_THREAD).
inline constexpr std::uint32_t kDivisionByZeroAnswer = 0;

// Nothing for a division by zero.
[[nodiscard]] std::optional<std::uint32_t> alu_result(AluOperation operation, std::uint32_t a,
                                                      std::uint32_t operand);
[[nodiscard]] bool jump_taken(JumpTest test, std::uint32_t a, std::uint32_t operand);

[[nodiscard]] std::uint32_t word_of(const SyscallEvent& event, unsigned word);
void set_word(SyscallEvent& event, unsigned word, std::uint32_t value);

// The raw return value of a program that check_program accepted.
[[nodiscard]] std::uint32_t return_value(const FilterProgram& program, const SyscallEvent& event);

// Whether an older filter's return value replaces that of the newer ones.
[[nodiscard]] bool takes_precedence(std::uint32_t candidate, std::uint32_t current);

}  // namespace bulkhead::policy
