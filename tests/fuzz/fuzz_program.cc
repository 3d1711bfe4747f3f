// Filters: two programs and calls. Whatever the instructions are, checking, listing and analysing
// them neither crashes nor hangs, and no call shows a verdict of the exact analysis to be wrong.
//
// Input: a byte for the size of the first program, then 8 bytes an instruction (struct
// sock_filter). What the kernel would not load is mended where that is easy, so that more inputs
// get through.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "policy/analysis/filter_decision.h"
#include "policy/filter/filter_machine.h"
#include "tests/fuzz/require.h"

namespace {

using namespace bulkhead::policy;
using bulkhead::fuzz::require;
using bulkhead::oci_config::SeccompOperator;

constexpr std::size_t kMostInstructions = 255;
constexpr int kCalls = 200;

FilterProgram program_from(const std::uint8_t* data, std::size_t instructions) {
  FilterProgram program(instructions);
  if (instructions > 0) std::memcpy(program.data(), data, instructions * sizeof program[0]);
  return program;
}

void mend(FilterProgram& program) {
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    FilterInstruction& instruction = program[pc];
    const std::size_t room = program.size() - pc - 1;
    if (!operation_of(instruction.code)) instruction.code = 0x20;
    if (instruction.code == 0x20) instruction.k = instruction.k % 16 * 4;
    if (room == 0 || operation_of(instruction.code)->kind == OperationKind::jump) {
      instruction.code = 0x06;
      continue;
    }
    instruction.jt = static_cast<std::uint8_t>(instruction.jt % room);
    instruction.jf = static_cast<std::uint8_t>(instruction.jf % room);
  }
}

std::uint32_t telling_word(std::mt19937& random, const FilterProgram& program) {
  constexpr std::uint32_t kUsual[] = {0, 1, 0xc000003e, 0x40000003, 0x40000000, 0xffffffff};
  if (random() % 4 == 0) return kUsual[random() % std::size(kUsual)];
  const auto beside = static_cast<std::uint32_t>(random() % 3);
  return program[random() % program.size()].k + beside - 1;
}

SyscallEvent some_call(std::mt19937& random, const FilterProgram& program) {
  SyscallEvent event;
  for (unsigned word = 0; word < kWordCount; ++word) {
    if (random() % 3 != 0) set_word(event, word, telling_word(random, program));
  }
  const bool narrow = event.arch == 0x40000003 || event.arch == 0x40000028;  // i386, arm
  for (std::uint64_t& arg : event.args) {
    if (narrow) arg &= 0xffffffff;  // as the kernel hands them over
  }
  return event;
}

bool holds(const ArgTest& test, const SyscallEvent& event) {
  std::uint64_t value = event.args[test.index];
  if (test.part == ArgPart::low_half) value &= 0xffffffff;
  if (test.part == ArgPart::high_half) value = event.args[test.index] >> 32;
  value &= test.mask;
  switch (test.op) {
    case SeccompOperator::eq: return value == test.value;
    case SeccompOperator::ne: return value != test.value;
    case SeccompOperator::ge: return value >= test.value;
    case SeccompOperator::lt: return value < test.value;
    case SeccompOperator::gt:
    case SeccompOperator::le:
    case SeccompOperator::masked_eq: break;
  }
  return false;
}

void check_cases(const FilterDecision& decision, const SyscallEvent& event, FilterAnswer answer) {
  int matching = 0;
  for (const DecisionCase& one : decision.cases(event.arch, event.nr)) {
    if (!std::ranges::all_of(one.conditions,
                             [&](const auto& test) { return holds(test, event); })) {
      continue;
    }
    ++matching;
    require(one.answers.size() == 1 && one.answers[0] == answer, "the case has the answer");
  }
  require(matching == 1, "exactly one case holds for a call");
}

void check_relation(const Comparison& comparison, FilterAnswer a, FilterAnswer b) {
  const bool a_stricter = a.action < b.action;
  const bool b_stricter = b.action < a.action;
  switch (comparison.relation) {
    case Relation::equal:
      require(effect_of(a) == effect_of(b), "equal filters answer alike");
      break;
    case Relation::a_stricter: require(!b_stricter, "b is nowhere stricter"); break;
    case Relation::b_stricter: require(!a_stricter, "a is nowhere stricter"); break;
    case Relation::equally_strict: require(!a_stricter && !b_stricter, "equally strict"); break;
    case Relation::incomparable: break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 17) return 0;
  const std::size_t instructions = std::min((size - 1) / 8, kMostInstructions);
  const std::size_t first = 1 + data[0] % instructions;
  FilterProgram a = program_from(data + 1, std::min(first, instructions));
  FilterProgram b = program_from(data + 1 + 8 * a.size(), instructions - a.size());
  (void)disassemble(a);
  (void)compare({a}, {b});
  mend(a);
  mend(b);
  if (!check_program(a) || !check_program(b)) return 0;

  const auto decision = analyse({a});
  const auto comparison = compare({a}, {b});
  const auto more = allows_more({a}, b);
  std::mt19937 random(static_cast<std::uint32_t>(size));
  for (int i = 0; i < kCalls; ++i) {
    const SyscallEvent event = some_call(random, i % 2 == 0 ? a : b);
    const FilterAnswer answer_a = evaluate(a, event);
    const FilterAnswer answer_b = evaluate(b, event);
    if (decision) check_cases(*decision, event, answer_a);
    if (comparison) check_relation(*comparison, answer_a, answer_b);
    if (more && !*more) require(answer_a.action <= answer_b.action, "nothing more is allowed");
  }
  return 0;
}
