// disassemble: pseudo code, with a name beside each number where every way to the instruction
// agrees on what the accumulator holds.
//
// docs/how-the-analysis-works.md: "The program".
#include <cstddef>
#include <optional>
#include <vector>

#include "base/text.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter_machine.h"
#include "policy/syscalls/call_names.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

namespace {

using base::cat;
using base::hex;

// What is known before an instruction on every way to it.
struct Known {
  bool reached = false;
  std::optional<unsigned> word;       // that A holds
  std::optional<std::uint32_t> arch;  // the architecture that tests have established
};

void merge(Known& into, const Known& from) {
  if (!into.reached) {
    into = from;
    into.reached = true;
    return;
  }
  if (into.word != from.word) into.word.reset();
  if (into.arch != from.arch) into.arch.reset();
}

std::string word_text(unsigned word) {
  switch (word) {
    case kWordNumber: return "nr";
    case kWordArch: return "arch";
    case kWordPointerLow: return "instruction pointer (low)";
    case kWordPointerHigh: return "instruction pointer (high)";
    default: break;
  }
  return cat("arg", (word - kWordFirstArg) / 2, word % 2 == 0 ? " (low)" : " (high)");
}

std::string_view alu_sign(AluOperation operation) {
  switch (operation) {
    case AluOperation::add: return " += ";
    case AluOperation::sub: return " -= ";
    case AluOperation::mul: return " *= ";
    case AluOperation::div: return " /= ";
    case AluOperation::or_: return " |= ";
    case AluOperation::and_: return " &= ";
    case AluOperation::lsh: return " <<= ";
    case AluOperation::rsh: return " >>= ";
    case AluOperation::neg: return " = -";
    case AluOperation::xor_: return " ^= ";
  }
  return " = ";
}

std::string_view test_sign(JumpTest test) {
  switch (test) {
    case JumpTest::equal: return " == ";
    case JumpTest::greater: return " > ";
    case JumpTest::at_least: return " >= ";
    case JumpTest::any_bit: return " & ";
  }
  return " == ";
}

bool is_equality(const Operation& operation) {
  return operation.kind == OperationKind::jump_if && operation.test == JumpTest::equal &&
         !operation.operand_is_x;
}

// Only what is compared for equality is a name.
std::string constant_text(const Known& known, JumpTest test, std::uint32_t k) {
  if (test != JumpTest::equal) return hex(k);
  if (known.word == kWordArch) return cat(hex(k), " (", arch_name(k, 0), ")");
  if (known.word != kWordNumber || !known.arch) return hex(k);
  const std::string_view name = call_name(*known.arch, k);
  return name.empty() ? hex(k) : cat(k, " (", name, ")");
}

class Listing {
 public:
  explicit Listing(const FilterProgram& program) : program_(program), known_(program.size()) {}

  std::string text() {
    known_[0].reached = true;
    std::string out;
    for (std::size_t pc = 0; pc < program_.size(); ++pc) {
      const Operation* const operation = operation_of(program_[pc].code);
      out += cat(pc, ": ", operation ? line(pc, *operation) : unknown(pc), "\n");
      if (operation) propagate(pc, *operation);
    }
    return out;
  }

 private:
  [[nodiscard]] std::string unknown(std::size_t pc) const {
    return cat("not admitted: code ", hex(program_[pc].code));
  }

  [[nodiscard]] std::string operand(std::size_t pc, const Operation& operation) const {
    if (operation.operand_is_x) return "X";
    if (operation.is_length) return cat(kDataBytes);
    return hex(program_[pc].k);
  }

  [[nodiscard]] std::string line(std::size_t pc, const Operation& operation) const {
    const std::uint32_t k = program_[pc].k;
    switch (operation.kind) {
      case OperationKind::load_word: return cat("A = ", word_text(k / 4));
      case OperationKind::load_constant: return cat("A = ", operand(pc, operation));
      case OperationKind::load_memory: return cat("A = M[", k, "]");
      case OperationKind::load_x_constant: return cat("X = ", operand(pc, operation));
      case OperationKind::load_x_memory: return cat("X = M[", k, "]");
      case OperationKind::store: return cat("M[", k, "] = A");
      case OperationKind::store_x: return cat("M[", k, "] = X");
      case OperationKind::copy_a_to_x: return "X = A";
      case OperationKind::copy_x_to_a: return "A = X";
      case OperationKind::alu:
        return cat("A", alu_sign(operation.alu),
                   operation.alu == AluOperation::neg ? "A" : operand(pc, operation));
      case OperationKind::jump: return cat("goto ", pc + 1 + k);
      case OperationKind::jump_if: return jump_line(pc, operation);
      case OperationKind::return_constant:
        return cat("return ", text_of(answer_of_return_value(k)));
      case OperationKind::return_a: return "return A";
    }
    return unknown(pc);
  }

  [[nodiscard]] std::string jump_line(std::size_t pc, const Operation& operation) const {
    const FilterInstruction& instruction = program_[pc];
    const std::string right =
        operation.operand_is_x ? "X" : constant_text(known_[pc], operation.test, instruction.k);
    return cat("if A", test_sign(operation.test), right, " goto ", pc + 1 + instruction.jt,
               " else ", pc + 1 + instruction.jf);
  }

  void propagate(std::size_t pc, const Operation& operation) {
    const FilterInstruction& instruction = program_[pc];
    Known after = known_[pc];
    if (operation.kind == OperationKind::load_word) after.word = instruction.k / 4;
    const bool other_content = operation.kind == OperationKind::alu ||
                               operation.kind == OperationKind::load_memory ||
                               operation.kind == OperationKind::load_constant ||
                               operation.kind == OperationKind::copy_x_to_a;
    if (other_content) after.word.reset();
    if (operation.kind == OperationKind::jump) return reach(pc + 1 + instruction.k, after);
    if (operation.kind != OperationKind::jump_if) return reach(pc + 1, after);
    reach(pc + 1 + instruction.jf, after);
    if (is_equality(operation) && after.word == kWordArch) after.arch = instruction.k;
    reach(pc + 1 + instruction.jt, after);
  }

  void reach(std::size_t pc, const Known& known) {
    if (known.reached && pc < known_.size()) merge(known_[pc], known);
  }

  const FilterProgram& program_;
  std::vector<Known> known_;
};

}  // namespace

std::string disassemble(const FilterProgram& program) {
  return program.empty() ? std::string() : Listing(program).text();
}

}  // namespace bulkhead::policy
