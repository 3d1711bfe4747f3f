// The exact analysis on random filters, held to what running them says.
#include <algorithm>
#include <catch2/catch.hpp>

#include "policy/filter_decision.h"
#include "tests/unit/policy/random_programs.h"

using namespace bulkhead::policy;
using namespace bulkhead::policy::test;
using bulkhead::oci_config::SeccompOperator;

namespace {

bool holds(const ArgTest& test, const SyscallEvent& event) {
  std::uint64_t value = event.args[test.index];
  if (test.part == ArgPart::low_half) value &= 0xffffffff;
  if (test.part == ArgPart::high_half) value >>= 32;
  value &= test.mask;
  switch (test.op) {
    case SeccompOperator::eq: return value == test.value;
    case SeccompOperator::ne: return value != test.value;
    case SeccompOperator::ge: return value >= test.value;
    case SeccompOperator::lt: return value < test.value;
    case SeccompOperator::gt: return value > test.value;
    case SeccompOperator::le: return value <= test.value;
    case SeccompOperator::masked_eq: break;
  }
  return false;
}

SyscallEvent random_event(Random& random, const FilterProgram& program) {
  SyscallEvent event = random_call(random, program);
  if (event.arch != kX86_64) {
    for (std::uint64_t& arg : event.args) arg &= 0xffffffff;
  }
  return event;
}

std::vector<FilterAnswer> answers_by_cases(const FilterDecision& decision,
                                           const SyscallEvent& event) {
  std::vector<FilterAnswer> answers;
  for (const DecisionCase& one : decision.cases(event.arch, event.nr)) {
    const bool all = std::ranges::all_of(one.conditions,
                                         [&](const ArgTest& test) { return holds(test, event); });
    if (all) answers.insert(answers.end(), one.answers.begin(), one.answers.end());
  }
  return answers;
}

}  // namespace

TEST_CASE(
    "every call falls into exactly one case, with the answer that running the filters gives") {
  Random random(5);
  int analysed = 0;
  for (int round = 0; round < 600; ++round) {
    std::vector<FilterProgram> stack{random_program(random)};
    if (random() % 3 == 0) stack.push_back(random_program(random));
    const auto decision = analyse(stack);
    if (!decision) {
      CHECK(decision.error().code == bulkhead::base::ErrorCode::unsupported);
      continue;
    }
    ++analysed;
    for (int i = 0; i < 40; ++i) {
      const SyscallEvent event = random_event(random, stack[random() % stack.size()]);
      INFO(disassemble(stack[0]));
      REQUIRE(answers_by_cases(*decision, event) ==
              std::vector<FilterAnswer>{evaluate_stack(stack, event)});
    }
  }
  CHECK(analysed > 200);
}

TEST_CASE("no call shows a verdict about two random filters to be wrong") {
  Random random(6);
  int seen[5] = {};
  for (int round = 0; round < 800; ++round) {
    const FilterProgram a = random_program(random);
    FilterProgram b = a;
    if (random() % 2 == 0) b[random() % b.size()].k = some_constant(random);
    if (!check_program(b)) continue;
    const auto comparison = compare({a}, {b});
    if (!comparison) continue;
    ++seen[static_cast<int>(comparison->relation)];
    for (int i = 0; i < 40; ++i) {
      const SyscallEvent event = random_call(random, i % 2 == 0 ? a : b);
      const FilterAnswer answer_a = effect_of(evaluate(a, event));
      const FilterAnswer answer_b = effect_of(evaluate(b, event));
      INFO(disassemble(a) << "against\n" << disassemble(b));
      switch (comparison->relation) {
        case Relation::equal: REQUIRE(answer_a == answer_b); break;
        case Relation::equally_strict: REQUIRE(answer_a.action == answer_b.action); break;
        case Relation::a_stricter: REQUIRE(answer_a.action <= answer_b.action); break;
        case Relation::b_stricter: REQUIRE(answer_b.action <= answer_a.action); break;
        case Relation::incomparable: break;
      }
    }
  }
  CHECK(seen[static_cast<int>(Relation::equal)] > 20);
  CHECK(seen[static_cast<int>(Relation::a_stricter)] > 5);
  CHECK(seen[static_cast<int>(Relation::b_stricter)] > 5);
}
