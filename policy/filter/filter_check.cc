// check_program: what bpf_check_classic() (net/core/filter.c) and seccomp_check_filter()
// (kernel/seccomp.c) demand of a program before the kernel takes it.
//
// docs/how-the-analysis-works.md: "The program".
#include <vector>

#include "base/text.h"
#include "policy/filter/filter_machine.h"

namespace bulkhead::policy {

namespace {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::Result;

std::unexpected<base::Error> at_fault(std::size_t pc, std::string_view what) {
  return fail(ErrorCode::invalid_input, cat("instruction ", pc, ": ", what),
              "the kernel does not load such a program");
}

bool uses_scratch_memory(OperationKind kind) {
  return kind == OperationKind::store || kind == OperationKind::store_x ||
         kind == OperationKind::load_memory || kind == OperationKind::load_x_memory;
}

Result<void> check_constant(std::size_t pc, const Operation& operation, std::uint32_t k) {
  if (operation.kind == OperationKind::load_word && (k >= kDataBytes || k % 4 != 0)) {
    return at_fault(pc, cat("loads from offset ", k, ", which is no word of seccomp_data"));
  }
  if (uses_scratch_memory(operation.kind) && k >= kScratchWords) {
    return at_fault(pc, cat("uses scratch memory word ", k, " of ", kScratchWords));
  }
  if (operation.kind != OperationKind::alu || operation.operand_is_x) return {};
  if (operation.alu == AluOperation::div && k == 0) return at_fault(pc, "divides by zero");
  const bool shifts = operation.alu == AluOperation::lsh || operation.alu == AluOperation::rsh;
  if (shifts && k >= 32) return at_fault(pc, cat("shifts by ", k, " bits"));
  return {};
}

Result<void> check_jump(std::size_t pc, const Operation& operation,
                        const FilterInstruction& instruction, std::size_t size) {
  const std::size_t room = size - pc - 1;
  const bool outside = (operation.kind == OperationKind::jump && instruction.k >= room) ||
                       (operation.kind == OperationKind::jump_if &&
                        (instruction.jt >= room || instruction.jf >= room));
  if (outside) return at_fault(pc, "jumps beyond the end of the program");
  return {};
}

// Which words of scratch memory are stored on every way to each instruction, as the kernel's
// check_load_and_stores() keeps it.
class ScratchMemory {
 public:
  explicit ScratchMemory(std::size_t size) : at_(size, 0xffff) {}

  bool step(std::size_t pc, const Operation& operation, const FilterInstruction& instruction) {
    valid_ &= at_[pc];
    switch (operation.kind) {
      case OperationKind::store:
      case OperationKind::store_x: valid_ |= 1U << instruction.k; break;
      case OperationKind::load_memory:
      case OperationKind::load_x_memory: return (valid_ & (1U << instruction.k)) != 0;
      case OperationKind::jump:
        at_[pc + 1 + instruction.k] &= valid_;
        valid_ = ~0U;
        break;
      case OperationKind::jump_if:
        at_[pc + 1 + instruction.jt] &= valid_;
        at_[pc + 1 + instruction.jf] &= valid_;
        valid_ = ~0U;
        break;
      case OperationKind::load_word:
      case OperationKind::load_constant:
      case OperationKind::load_x_constant:
      case OperationKind::copy_a_to_x:
      case OperationKind::copy_x_to_a:
      case OperationKind::alu:
      case OperationKind::return_constant:
      case OperationKind::return_a: break;
    }
    return true;
  }

 private:
  std::vector<std::uint32_t> at_;
  std::uint32_t valid_ = 0;
};

bool returns(OperationKind kind) {
  return kind == OperationKind::return_constant || kind == OperationKind::return_a;
}

Result<void> check_instruction(const FilterProgram& program, std::size_t pc,
                               ScratchMemory& memory) {
  const FilterInstruction& instruction = program[pc];
  const Operation* const operation = operation_of(instruction.code);
  if (operation == nullptr) {
    return at_fault(pc, cat("code ", base::hex(instruction.code), " is not admitted in a filter"));
  }
  if (auto ok = check_constant(pc, *operation, instruction.k); !ok) return ok;
  if (auto ok = check_jump(pc, *operation, instruction, program.size()); !ok) return ok;
  if (!memory.step(pc, *operation, instruction)) {
    return at_fault(pc, cat("loads scratch memory word ", instruction.k, " that was not stored"));
  }
  return {};
}

}  // namespace

Result<void> check_program(const FilterProgram& program) {
  if (program.empty() || program.size() > kMaxInstructions) {
    return fail(ErrorCode::invalid_input, cat("a filter has 1 to ", kMaxInstructions,
                                              " instructions, this one has ", program.size()));
  }
  ScratchMemory memory(program.size());
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    if (auto ok = check_instruction(program, pc, memory); !ok) return ok;
  }
  if (!returns(operation_of(program.back().code)->kind)) {
    return at_fault(program.size() - 1, "the last one must return");
  }
  return {};
}

}  // namespace bulkhead::policy
