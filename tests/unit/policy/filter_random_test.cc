// The exact analysis on random filters, held to what running them says.
#include <algorithm>
#include <catch2/catch.hpp>

#include "policy/analysis/filter_decision.h"
#include "tests/unit/policy/random_programs.h"

using namespace bulkhead::policy;
using namespace bulkhead::policy::test;
using bulkhead::oci_config::SeccompAction;
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

// The kernel takes an action that it does not know as KILL_PROCESS, but ranks it by its number: a
// KILL_THREAD of another filter goes before it.
bool knows_its_actions(const FilterProgram& program) {
  return std::ranges::all_of(program, [](const FilterInstruction& instruction) {
    if (instruction.code == 0x16) return false;  // BPF_RET | BPF_A
    const std::uint32_t value = instruction.k & 0xffff0000;
    return instruction.code != 0x06 || value == kKillProcess ||
           answer_of_return_value(value).action != SeccompAction::kill_process;
  });
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

TEST_CASE("a witness always reproduces when the filters are run") {
  Random random(8);
  std::size_t witnesses = 0;
  for (int round = 0; round < 400; ++round) {
    const std::vector<FilterProgram> a{random_program(random)};
    const std::vector<FilterProgram> b{random_program(random)};
    const auto comparison = compare(a, b);
    if (!comparison) continue;
    INFO(disassemble(a[0]) << "against\n" << disassemble(b[0]));
    for (const Witness& witness : comparison->witnesses) {
      ++witnesses;
      INFO(describe(witness));
      REQUIRE(evaluate_stack(a, witness.event) == witness.a);
      REQUIRE(evaluate_stack(b, witness.event) == witness.b);
      REQUIRE(effect_of(witness.a) != effect_of(witness.b));
    }
  }
  CHECK(witnesses > 1000);
}

TEST_CASE("two filters together are never less strict than either") {
  Random random(9);
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    const FilterProgram a = random_program(random);
    const FilterProgram b = random_program(random);
    if (!knows_its_actions(a) || !knows_its_actions(b)) continue;
    for (const FilterProgram& one : {a, b}) {
      const auto more = allows_more({b, a}, one);
      if (!more) continue;
      ++compared;
      INFO(disassemble(a) << "with\n" << disassemble(b));
      REQUIRE_FALSE(more->has_value());
      const auto comparison = compare({b, a}, {one});
      if (!comparison) continue;
      REQUIRE(comparison->relation != Relation::b_stricter);
      REQUIRE(comparison->relation != Relation::incomparable);
    }
  }
  CHECK(compared > 200);
}

TEST_CASE("letting one more answer through never makes a filter stricter") {
  Random random(10);
  int changed = 0;
  for (int round = 0; round < 400; ++round) {
    const FilterProgram before = random_program(random);
    FilterProgram after = before;
    FilterInstruction& last = after[random() % after.size()];
    if (last.code != 0x06) continue;  // BPF_RET | BPF_K
    last.k = kAllow;
    const auto comparison = compare({before}, {after});
    if (!comparison) continue;
    ++changed;
    INFO(disassemble(before) << "and then\n" << disassemble(after));
    REQUIRE(comparison->relation != Relation::b_stricter);
    REQUIRE(comparison->relation != Relation::incomparable);
  }
  CHECK(changed > 20);
}
