// What a register of a filter holds, as far as the exact analysis follows it: a constant, or one
// word of seccomp_data under masks, shifts by constants, and a flip or an offset. Everything else
// is unknown, with the instruction that made it so.
//
// docs/how-the-analysis-works.md: "What a register can hold".
#pragma once

#include <cstdint>

#include "policy/filter/filter_machine.h"
#include "policy/graph/filter_graph.h"

namespace bulkhead::policy {

enum class ValueKind : std::uint8_t { constant, word, unknown };

// For a word: ((word & mask) << shift) ^ flip) + offset, where a negative shift is to the right,
// the mask keeps only bits that survive the shift, and flip and offset are not both set.
struct SymbolicValue {
  ValueKind kind = ValueKind::constant;
  std::uint8_t word = 0;
  std::int8_t shift = 0;
  std::uint32_t mask = 0;
  std::uint32_t flip = 0;
  std::uint32_t offset = 0;  // of a constant: the constant; of an unknown: the instruction at fault
  bool operator==(const SymbolicValue&) const = default;

  static SymbolicValue constant(std::uint32_t value) { return {.offset = value}; }
  static SymbolicValue unknown(std::uint32_t instruction) {
    return {.kind = ValueKind::unknown, .offset = instruction};
  }
  static SymbolicValue of_word(unsigned word) {
    return {.kind = ValueKind::word, .word = static_cast<std::uint8_t>(word), .mask = 0xffffffff};
  }
};

// `instruction` is blamed when the result is unknown. Division by X is not for this function unless
// the divisor is a constant other than zero.
[[nodiscard]] SymbolicValue apply(AluOperation operation, const SymbolicValue& a,
                                  const SymbolicValue& operand, std::uint32_t instruction);

struct Branches {
  NodeId yes;
  NodeId no;
};

// The graph of a jump on `a`.
[[nodiscard]] NodeId branch(FilterGraph& graph, JumpTest test, const SymbolicValue& a,
                            const SymbolicValue& operand, Branches branches,
                            std::uint32_t instruction);

}  // namespace bulkhead::policy
