#include "policy/graph/symbolic_value.h"

#include <bit>
#include <utility>

namespace bulkhead::policy {

namespace {

constexpr std::uint32_t kAllBits = 0xffffffff;

// Where bits of the shifted value stand in the word.
std::uint32_t unshifted(std::uint32_t bits, int shift) {
  if (shift >= 32 || shift <= -32) return 0;
  return shift >= 0 ? bits >> shift : bits << -shift;
}

SymbolicValue masked_to_constant(SymbolicValue value) {
  if (value.kind != ValueKind::word || value.mask != 0) return value;
  return SymbolicValue::constant(value.flip + value.offset);
}

SymbolicValue shifted(SymbolicValue value, std::uint32_t by, bool left) {
  const std::uint32_t surviving = left ? kAllBits >> by : kAllBits << by;
  value.mask &= unshifted(surviving, value.shift);
  value.shift = static_cast<std::int8_t>(left ? value.shift + static_cast<int>(by)
                                              : value.shift - static_cast<int>(by));
  value.flip = left ? value.flip << by : value.flip >> by;
  return value;
}

SymbolicValue with_offset(SymbolicValue value, std::uint32_t offset, std::uint32_t instruction) {
  if (value.flip != 0) return SymbolicValue::unknown(instruction);
  value.offset += offset;
  return value;
}

SymbolicValue apply_to_bits(AluOperation operation, SymbolicValue value, std::uint32_t k,
                            std::uint32_t instruction) {
  switch (operation) {
    case AluOperation::and_:
      value.mask &= unshifted(k, value.shift);
      value.flip &= k;
      return value;
    case AluOperation::or_:
      value.mask &= unshifted(~k, value.shift);
      value.flip |= k;
      return value;
    case AluOperation::xor_: value.flip ^= k; return value;
    case AluOperation::lsh: return shifted(value, k & 31, true);
    case AluOperation::rsh: return shifted(value, k & 31, false);
    case AluOperation::add:
    case AluOperation::sub:
    case AluOperation::mul:
    case AluOperation::div:
    case AluOperation::neg: break;
  }
  return SymbolicValue::unknown(instruction);
}

SymbolicValue apply_constant(AluOperation operation, const SymbolicValue& value, std::uint32_t k,
                             std::uint32_t instruction) {
  if (operation == AluOperation::add) return with_offset(value, k, instruction);
  if (operation == AluOperation::sub) return with_offset(value, 0 - k, instruction);
  if (operation == AluOperation::mul && k == 0) return SymbolicValue::constant(0);
  if (value.offset != 0) return SymbolicValue::unknown(instruction);
  const bool scales = operation == AluOperation::mul || operation == AluOperation::div;
  if (scales && !std::has_single_bit(k)) return SymbolicValue::unknown(instruction);
  const auto power = static_cast<std::uint32_t>(std::countr_zero(k));
  if (operation == AluOperation::mul) return shifted(value, power, true);
  if (operation == AluOperation::div) return shifted(value, power, false);
  return apply_to_bits(operation, value, k, instruction);
}

bool commutes(AluOperation operation) {
  return operation == AluOperation::add || operation == AluOperation::mul ||
         operation == AluOperation::and_ || operation == AluOperation::or_ ||
         operation == AluOperation::xor_;
}

bool is_constant(const SymbolicValue& value) { return value.kind == ValueKind::constant; }

// Tests of one value against constants.
class ValueTest {
 public:
  ValueTest(FilterGraph& graph, const SymbolicValue& value, std::uint32_t instruction)
      : graph_(graph), value_(value), instruction_(instruction) {}

  NodeId equal(std::uint32_t k, Branches to) {
    const std::uint32_t wanted = (k - value_.offset) ^ value_.flip;
    const std::uint32_t in_word = unshifted(wanted, value_.shift);
    if (shifted_back(in_word) != wanted) return to.no;
    return graph_.test({value_.word, false, value_.mask, in_word}, to.yes, to.no);
  }

  NodeId at_least(std::uint32_t k, Branches to) {
    if (value_.flip != 0) return graph_.not_analysable(instruction_);
    if (value_.offset == 0) return bits_at_least(k, to);
    // bits + offset wraps from `wrap` on; below it the sum is offset and more, from it on 0 and
    // more.
    const std::uint32_t wrap = 0 - value_.offset;
    if (k >= value_.offset) {
      return bits_at_least(k - value_.offset, {bits_at_least(wrap, {to.no, to.yes}), to.no});
    }
    return bits_at_least(wrap, {bits_at_least(wrap + k, to), to.yes});
  }

  NodeId greater(std::uint32_t k, Branches to) {
    return k == kAllBits ? to.no : at_least(k + 1, to);
  }

  NodeId any_bit(std::uint32_t k, Branches to) {
    if (value_.offset != 0) return graph_.not_analysable(instruction_);
    SymbolicValue masked = value_;
    masked.mask &= unshifted(k, value_.shift);
    masked.flip &= k;
    return ValueTest(graph_, masked, instruction_).equal(0, {to.no, to.yes});
  }

 private:
  [[nodiscard]] std::uint32_t shifted_back(std::uint32_t in_word) const {
    return unshifted(in_word, -value_.shift);
  }

  // ((word & mask) << shift) >= k, without flip and offset.
  NodeId bits_at_least(std::uint32_t k, Branches to) {
    if (k == 0) return to.yes;
    std::uint64_t in_word = k;
    const int shift = value_.shift;  // NOLINT(bugprone-signed-char-misuse): below 0 is to the right
    if (shift >= 0) {
      in_word = (in_word + (1ULL << shift) - 1) >> shift;
    } else {
      in_word <<= -shift;
    }
    if (in_word > kAllBits) return to.no;
    return graph_.test({value_.word, true, value_.mask, static_cast<std::uint32_t>(in_word)},
                       to.yes, to.no);
  }

  FilterGraph& graph_;
  SymbolicValue value_;
  std::uint32_t instruction_;
};

NodeId branch_on_constant(FilterGraph& graph, JumpTest test, const SymbolicValue& a,
                          std::uint32_t k, Branches to, std::uint32_t instruction) {
  ValueTest value(graph, a, instruction);
  switch (test) {
    case JumpTest::equal: return value.equal(k, to);
    case JumpTest::greater: return value.greater(k, to);
    case JumpTest::at_least: return value.at_least(k, to);
    case JumpTest::any_bit: return value.any_bit(k, to);
  }
  return graph.not_analysable(instruction);
}

}  // namespace

SymbolicValue apply(AluOperation operation, const SymbolicValue& a, const SymbolicValue& operand,
                    std::uint32_t instruction) {
  if (a.kind == ValueKind::unknown) return a;
  if (operand.kind == ValueKind::unknown && operation != AluOperation::neg) return operand;
  if (is_constant(a) && (is_constant(operand) || operation == AluOperation::neg)) {
    const auto result = alu_result(operation, a.offset, operand.offset);
    return result ? SymbolicValue::constant(*result) : SymbolicValue::unknown(instruction);
  }
  if (!is_constant(operand)) {
    const bool swappable = is_constant(a) && commutes(operation);
    return swappable ? apply(operation, operand, a, instruction)
                     : SymbolicValue::unknown(instruction);
  }
  return masked_to_constant(apply_constant(operation, a, operand.offset, instruction));
}

NodeId branch(FilterGraph& graph, JumpTest test, const SymbolicValue& a,
              const SymbolicValue& operand, Branches branches, std::uint32_t instruction) {
  if (branches.yes == branches.no) return branches.yes;
  if (a.kind == ValueKind::unknown) return graph.not_analysable(a.offset);
  if (operand.kind == ValueKind::unknown) return graph.not_analysable(operand.offset);
  if (is_constant(a) && is_constant(operand)) {
    return jump_taken(test, a.offset, operand.offset) ? branches.yes : branches.no;
  }
  if (is_constant(operand)) {
    return branch_on_constant(graph, test, a, operand.offset, branches, instruction);
  }
  const bool symmetric = test == JumpTest::equal || test == JumpTest::any_bit;
  if (is_constant(a) && symmetric) {
    return branch_on_constant(graph, test, operand, a.offset, branches, instruction);
  }
  return graph.not_analysable(instruction);
}

}  // namespace bulkhead::policy
