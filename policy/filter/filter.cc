#include "policy/filter/filter.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "policy/filter/filter_machine.h"

namespace bulkhead::policy {

using oci_config::SeccompAction;

namespace {

constexpr std::uint32_t kActionBits = 0xffff0000;  // SECCOMP_RET_ACTION_FULL
constexpr std::uint32_t kDataBits = 0x0000ffff;    // SECCOMP_RET_DATA

struct ActionValue {
  SeccompAction action;
  std::uint32_t value;  // SECCOMP_RET_*, linux/seccomp.h
};

constexpr ActionValue kActionValues[] = {
    {SeccompAction::kill_process, 0x80000000}, {SeccompAction::kill_thread, 0x00000000},
    {SeccompAction::trap, 0x00030000},         {SeccompAction::return_errno, 0x00050000},
    {SeccompAction::user_notif, 0x7fc00000},   {SeccompAction::trace, 0x7ff00000},
    {SeccompAction::log, 0x7ffc0000},          {SeccompAction::allow, 0x7fff0000},
};

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

struct Machine {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, kScratchWords> memory{};
};

// kernel/bpf/core.c: 32-bit shifts take the low five bits of the count.
std::uint32_t shifted_left(std::uint32_t value, std::uint32_t by) { return value << (by & 31); }
std::uint32_t shifted_right(std::uint32_t value, std::uint32_t by) { return value >> (by & 31); }

}  // namespace

std::uint32_t word_of(const SyscallEvent& event, unsigned word) {
  switch (word) {
    case kWordNumber: return event.nr;
    case kWordArch: return event.arch;
    case kWordPointerLow: return low(event.instruction_pointer);
    case kWordPointerHigh: return high(event.instruction_pointer);
    default: break;
  }
  const std::uint64_t argument = event.args[(word - kWordFirstArg) / 2];
  return word % 2 == 0 ? low(argument) : high(argument);
}

void set_word(SyscallEvent& event, unsigned word, std::uint32_t value) {
  if (word == kWordNumber) event.nr = value;
  if (word == kWordArch) event.arch = value;
  if (word < kWordFirstArg) return;
  std::uint64_t& argument = event.args[(word - kWordFirstArg) / 2];
  const unsigned shift = word % 2 == 0 ? 0 : 32;
  argument &= ~(0xffffffffULL << shift);
  argument |= static_cast<std::uint64_t>(value) << shift;
}

std::optional<std::uint32_t> alu_result(AluOperation operation, std::uint32_t a,
                                        std::uint32_t operand) {
  switch (operation) {
    case AluOperation::add: return a + operand;
    case AluOperation::sub: return a - operand;
    case AluOperation::mul: return a * operand;
    case AluOperation::div:
      if (operand == 0) return std::nullopt;
      return a / operand;
    case AluOperation::or_: return a | operand;
    case AluOperation::and_: return a & operand;
    case AluOperation::lsh: return shifted_left(a, operand);
    case AluOperation::rsh: return shifted_right(a, operand);
    case AluOperation::neg: return 0 - a;
    case AluOperation::xor_: return a ^ operand;
  }
  return std::nullopt;
}

bool jump_taken(JumpTest test, std::uint32_t a, std::uint32_t operand) {
  switch (test) {
    case JumpTest::equal: return a == operand;
    case JumpTest::greater: return a > operand;
    case JumpTest::at_least: return a >= operand;
    case JumpTest::any_bit: return (a & operand) != 0;
  }
  return false;
}

std::uint32_t return_value(const FilterProgram& program, const SyscallEvent& event) {
  Machine machine;
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    const FilterInstruction& instruction = program[pc];
    const Operation& operation = *operation_of(instruction.code);
    const std::uint32_t k = instruction.k;
    const std::uint32_t operand = operation.operand_is_x ? machine.x : k;
    switch (operation.kind) {
      case OperationKind::load_word: machine.a = word_of(event, k / 4); break;
      case OperationKind::load_constant: machine.a = operation.is_length ? kDataBytes : k; break;
      case OperationKind::load_memory: machine.a = machine.memory[k]; break;
      case OperationKind::load_x_constant: machine.x = operation.is_length ? kDataBytes : k; break;
      case OperationKind::load_x_memory: machine.x = machine.memory[k]; break;
      case OperationKind::store: machine.memory[k] = machine.a; break;
      case OperationKind::store_x: machine.memory[k] = machine.x; break;
      case OperationKind::copy_a_to_x: machine.x = machine.a; break;
      case OperationKind::copy_x_to_a: machine.a = machine.x; break;
      case OperationKind::alu: {
        const auto result = alu_result(operation.alu, machine.a, operand);
        if (!result) return kDivisionByZeroAnswer;
        machine.a = *result;
        break;
      }
      case OperationKind::jump: pc += k; break;
      case OperationKind::jump_if:
        pc += jump_taken(operation.test, machine.a, operand) ? instruction.jt : instruction.jf;
        break;
      case OperationKind::return_constant: return k;
      case OperationKind::return_a: return machine.a;
    }
  }
  return 0x80000000;  // not reached by a program that check_program accepted
}

bool takes_precedence(std::uint32_t candidate, std::uint32_t current) {
  // seccomp_run_filters compares the action bits as signed numbers; a newer filter keeps a tie.
  return static_cast<std::int32_t>(candidate & kActionBits) <
         static_cast<std::int32_t>(current & kActionBits);
}

FilterAnswer answer_of_return_value(std::uint32_t value) {
  const auto data = static_cast<std::uint16_t>(value & kDataBits);
  for (const ActionValue& known : kActionValues) {
    if (known.value == (value & kActionBits)) return {known.action, data};
  }
  return {SeccompAction::kill_process, data};
}

std::uint32_t return_value_of(FilterAnswer answer) {
  for (const ActionValue& known : kActionValues) {
    if (known.action == answer.action) return known.value | answer.data;
  }
  return 0x80000000;
}

FilterAnswer effect_of(FilterAnswer answer) {
  constexpr std::uint16_t kMaxErrno = 4095;  // include/linux/err.h; __seccomp_filter caps at it
  switch (answer.action) {
    case SeccompAction::return_errno:
      return {answer.action, answer.data > kMaxErrno ? kMaxErrno : answer.data};
    case SeccompAction::trap:
    case SeccompAction::trace: return answer;
    case SeccompAction::kill_process:
    case SeccompAction::kill_thread:
    case SeccompAction::user_notif:
    case SeccompAction::log:
    case SeccompAction::allow: return {answer.action, 0};
  }
  return answer;
}

FilterAnswer evaluate(const FilterProgram& program, const SyscallEvent& event) {
  return answer_of_return_value(return_value(program, event));
}

FilterAnswer evaluate_stack(const std::vector<FilterProgram>& newest_first,
                            const SyscallEvent& event) {
  std::uint32_t strictest = return_value_of({SeccompAction::allow, 0});
  for (const FilterProgram& program : newest_first) {
    const std::uint32_t value = return_value(program, event);
    if (takes_precedence(value, strictest)) strictest = value;
  }
  return answer_of_return_value(strictest);
}

bool lets_everything_pass(const FilterProgram& program) {
  constexpr std::uint16_t kClass = 0x07;
  constexpr std::uint16_t kReturn = 0x06;  // BPF_RET, and with a constant BPF_RET|BPF_K
  return std::ranges::all_of(program, [](const FilterInstruction& instruction) {
    if ((instruction.code & kClass) != kReturn) return true;
    const SeccompAction action = answer_of_return_value(instruction.k).action;
    return instruction.code == kReturn &&
           (action == SeccompAction::allow || action == SeccompAction::log);
  });
}

bool at_least_as_strict(SeccompAction a, SeccompAction b) { return a <= b; }

}  // namespace bulkhead::policy
