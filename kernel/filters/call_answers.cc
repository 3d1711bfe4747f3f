// Little-endian machines only: the low half of an argument comes first in seccomp_data.
#include "kernel/filters/call_answers.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <utility>

#include "oci-config/rule_meaning.h"

namespace bulkhead::kernel {

using oci_config::ArgCondition;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using policy::FilterInstruction;
using policy::FilterProgram;

namespace {

constexpr std::size_t kLongestJump = 255;

FilterInstruction load(std::size_t offset) {
  return {.code = BPF_LD | BPF_W | BPF_ABS, .k = static_cast<std::uint32_t>(offset)};
}

FilterInstruction give(std::uint32_t returned) { return {.code = BPF_RET | BPF_K, .k = returned}; }

void append(FilterProgram& program, const FilterProgram& more) {
  program.insert(program.end(), more.begin(), more.end());
}

// Goes on where `comparison` with `value` holds, and else behind the next `distance` instructions.
void append_unless(FilterProgram& program, std::uint16_t comparison, std::uint32_t value,
                   std::size_t distance) {
  const auto code = static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K);
  if (distance <= kLongestJump) {
    program.push_back({.code = code, .jf = static_cast<std::uint8_t>(distance), .k = value});
    return;
  }
  program.push_back({.code = code, .jt = 1, .k = value});
  program.push_back({.code = BPF_JMP | BPF_JA, .k = static_cast<std::uint32_t>(distance)});
}

// ---- one condition ------------------------------------------------------------------------------

enum class To : std::uint8_t { next, holds, fails };

struct Step {
  FilterInstruction instruction;
  To yes = To::next;
  To no = To::next;
};
using Steps = std::vector<Step>;

std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32U); }

std::size_t low_half(std::uint32_t index) {
  return offsetof(seccomp_data, args) + sizeof(std::uint64_t) * index;
}
std::size_t high_half(std::uint32_t index) { return low_half(index) + sizeof(std::uint32_t); }

Step comparing(std::uint16_t comparison, std::uint32_t value, To yes, To no) {
  return {{.code = static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), .k = value}, yes, no};
}

void append_half(Steps& steps, std::size_t offset, std::uint32_t mask) {
  steps.push_back({load(offset)});
  if (mask != ~0U) steps.push_back({{.code = BPF_ALU | BPF_AND | BPF_K, .k = mask}});
}

struct Equality {
  std::uint64_t mask = ~0ULL;
  std::uint64_t value = 0;
};

Steps equal(std::uint32_t index, bool wide, const Equality& wanted, To yes, To no) {
  Steps steps;
  if (wide) {
    append_half(steps, high_half(index), high(wanted.mask));
    steps.push_back(comparing(BPF_JEQ, high(wanted.value), To::next, no));
  }
  append_half(steps, low_half(index), low(wanted.mask));
  steps.push_back(comparing(BPF_JEQ, low(wanted.value), yes, no));
  return steps;
}

// The high half decides unless it equals that of the value.
Steps ordered(std::uint32_t index, bool wide, std::uint16_t comparison, std::uint64_t value, To yes,
              To no) {
  Steps steps;
  steps.reserve(6);  // GCC 14 takes growing it for an overflow
  if (wide) {
    append_half(steps, high_half(index), ~0U);
    steps.push_back(comparing(BPF_JGT, high(value), yes, To::next));
    steps.push_back(comparing(BPF_JEQ, high(value), To::next, no));
  }
  append_half(steps, low_half(index), ~0U);
  steps.push_back(comparing(comparison, low(value), yes, no));
  return steps;
}

Steps steps_of(const ArgCondition& condition, bool wide) {
  const auto [index, value] = std::pair(condition.index, condition.value);
  switch (condition.op) {
    case SeccompOperator::eq: return equal(index, wide, {.value = value}, To::holds, To::fails);
    case SeccompOperator::ne: return equal(index, wide, {.value = value}, To::fails, To::holds);
    case SeccompOperator::ge: return ordered(index, wide, BPF_JGE, value, To::holds, To::fails);
    case SeccompOperator::lt: return ordered(index, wide, BPF_JGE, value, To::fails, To::holds);
    case SeccompOperator::gt: return ordered(index, wide, BPF_JGT, value, To::holds, To::fails);
    case SeccompOperator::le: return ordered(index, wide, BPF_JGT, value, To::fails, To::holds);
    case SeccompOperator::masked_eq:
      return equal(index, wide, {.mask = value, .value = condition.value_two & value}, To::holds,
                   To::fails);
  }
  return {};
}

// ---- one call -----------------------------------------------------------------------------------

// Where a jump from `at` leads: a condition that holds ends at `end`, all of them together at
// `last`.
std::uint8_t distance(To to, std::size_t at, std::size_t end, std::size_t last) {
  switch (to) {
    case To::next: return 0;
    case To::holds: return static_cast<std::uint8_t>(end - at - 1);
    case To::fails: return static_cast<std::uint8_t>(last - at - 1);
  }
  return 0;
}

// At most six conditions of eight steps: libseccomp takes one for each argument.
void append_answer(FilterProgram& program, const CallAnswer& answer, bool wide) {
  std::vector<std::pair<Step, std::size_t>> steps;  // with the end of the condition
  for (const ArgCondition& condition : answer.conditions) {
    const Steps own = steps_of(condition, wide);
    const std::size_t end = steps.size() + own.size();
    for (const Step& step : own) steps.emplace_back(step, end);
  }
  const std::size_t last = steps.size() + 1;  // behind the answer
  for (std::size_t at = 0; at < steps.size(); ++at) {
    auto [step, end] = steps[at];
    step.instruction.jt = distance(step.yes, at, end, last);
    step.instruction.jf = distance(step.no, at, end, last);
    program.push_back(step.instruction);
  }
  program.push_back(give(answer.returned));
}

FilterProgram body_of(const CallAnswers& answers, bool wide) {
  FilterProgram body;
  for (const CallAnswer& answer : answers.first_of) {
    append_answer(body, answer, wide);
    if (answer.conditions.empty()) return body;
  }
  body.push_back(give(answers.otherwise));
  return body;
}

}  // namespace

FilterProgram answering(SeccompArch arch, const AnswersByNumber& answers) {
  if (answers.empty()) return {};
  FilterProgram calls;
  for (const auto& [number, of_call] : answers) {
    const FilterProgram body = body_of(of_call, oci_config::has_wide_arguments(arch));
    append_unless(calls, BPF_JEQ, number, body.size());
    append(calls, body);
  }
  FilterProgram numbers = {load(offsetof(seccomp_data, nr))};
  // Most calls are older: they take two comparisons.
  append_unless(numbers, BPF_JGE, answers.begin()->first, calls.size());
  append(numbers, calls);
  FilterProgram program = {load(offsetof(seccomp_data, arch))};
  append_unless(program, BPF_JEQ, oci_config::audit_arch(arch), numbers.size());
  append(program, numbers);
  return program;
}

}  // namespace bulkhead::kernel
