// The same question to another judge: Z3 gets the instructions of two programs as bit vectors,
// without any of the graphs and classes of policy/, and must come to the same verdict as compare().
#include <z3++.h>

#include <array>
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "policy/analysis/filter_decision.h"
#include "policy/filter/filter_machine.h"
#include "tests/unit/policy/random_programs.h"

using namespace bulkhead::policy;
using namespace bulkhead::policy::test;

namespace {

constexpr unsigned kCells = 2;  // random programs use no other scratch memory

struct Registers {
  z3::expr reached;
  z3::expr a;
  z3::expr x;
  std::vector<z3::expr> cells;
};

class Encoder {
 public:
  explicit Encoder(z3::context& context) : context_(context) {
    for (unsigned word = 0; word < kWordCount; ++word) {
      words_.push_back(context.bv_const(("word" + std::to_string(word)).c_str(), 32));
    }
  }

  z3::expr value_of(const FilterProgram& program) {
    at_.assign(program.size(), std::nullopt);
    result_ = constant(0);
    join(0, {context_.bool_val(true), constant(0), constant(0), {constant(0), constant(0)}});
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
      if (at_[pc]) step(program[pc], pc, *at_[pc]);
    }
    return *result_;
  }

 private:
  z3::expr constant(std::uint32_t value) { return context_.bv_val(value, 32); }

  void join(std::size_t pc, const Registers& from) {
    auto& into = at_[pc];
    if (!into) {
      into = from;
      return;
    }
    into->a = z3::ite(from.reached, from.a, into->a);
    into->x = z3::ite(from.reached, from.x, into->x);
    for (unsigned i = 0; i < kCells; ++i) {
      into->cells[i] = z3::ite(from.reached, from.cells[i], into->cells[i]);
    }
    into->reached = into->reached || from.reached;
  }

  void end(const z3::expr& reached, const z3::expr& value) {
    result_ = z3::ite(reached, value, *result_);
  }

  z3::expr computed(AluOperation operation, const z3::expr& a, const z3::expr& b) {
    const z3::expr count = b & constant(31);
    switch (operation) {
      case AluOperation::add: return a + b;
      case AluOperation::sub: return a - b;
      case AluOperation::mul: return a * b;
      case AluOperation::div: return z3::udiv(a, b);
      case AluOperation::or_: return a | b;
      case AluOperation::and_: return a & b;
      case AluOperation::lsh: return z3::shl(a, count);
      case AluOperation::rsh: return z3::lshr(a, count);
      case AluOperation::neg: return -a;
      case AluOperation::xor_: return a ^ b;
    }
    return a;
  }

  z3::expr taken(JumpTest test, const z3::expr& a, const z3::expr& b) {
    switch (test) {
      case JumpTest::equal: return a == b;
      case JumpTest::greater: return z3::ugt(a, b);
      case JumpTest::at_least: return z3::uge(a, b);
      case JumpTest::any_bit: return (a & b) != constant(0);
    }
    return context_.bool_val(false);
  }

  void step(const FilterInstruction& instruction, std::size_t pc, Registers now) {
    const Operation operation = *operation_of(instruction.code);
    const std::uint32_t k = instruction.k;
    const z3::expr operand = operation.operand_is_x ? now.x : constant(k);
    const z3::expr immediate = constant(operation.is_length ? kDataBytes : k);
    switch (operation.kind) {
      case OperationKind::load_word: now.a = words_[k / 4]; break;
      case OperationKind::load_constant: now.a = immediate; break;
      case OperationKind::load_memory: now.a = now.cells[k]; break;
      case OperationKind::load_x_constant: now.x = immediate; break;
      case OperationKind::load_x_memory: now.x = now.cells[k]; break;
      case OperationKind::store: now.cells[k] = now.a; break;
      case OperationKind::store_x: now.cells[k] = now.x; break;
      case OperationKind::copy_a_to_x: now.x = now.a; break;
      case OperationKind::copy_x_to_a: now.a = now.x; break;
      case OperationKind::alu:
        if (operation.alu == AluOperation::div) {
          end(now.reached && operand == constant(0), constant(0));
          now.reached = now.reached && operand != constant(0);
        }
        now.a = computed(operation.alu, now.a, operand);
        break;
      case OperationKind::jump: return join(pc + 1 + k, now);
      case OperationKind::jump_if: return jump(instruction, pc, now, operation, operand);
      case OperationKind::return_constant: return end(now.reached, constant(k));
      case OperationKind::return_a: return end(now.reached, now.a);
    }
    join(pc + 1, now);
  }

  void jump(const FilterInstruction& instruction, std::size_t pc, const Registers& now,
            const Operation& operation, const z3::expr& operand) {
    const z3::expr condition = taken(operation.test, now.a, operand);
    Registers yes = now;
    yes.reached = now.reached && condition;
    join(pc + 1 + instruction.jt, yes);
    Registers no = now;
    no.reached = now.reached && !condition;
    join(pc + 1 + instruction.jf, no);
  }

  z3::context& context_;
  std::vector<z3::expr> words_;
  std::vector<std::optional<Registers>> at_;
  std::optional<z3::expr> result_;
};

// The place of a return value's action among the eight, most strict first; unknown ones kill.
z3::expr strictness(z3::context& context, const z3::expr& value) {
  constexpr std::uint32_t kActions[] = {0,          0x00030000, 0x00050000, 0x7fc00000,
                                        0x7ff00000, 0x7ffc0000, 0x7fff0000};
  const z3::expr action = value & context.bv_val(0xffff0000U, 32);
  z3::expr place = context.int_val(0);
  for (int i = 0; i < 7; ++i) {
    place = z3::ite(action == context.bv_val(kActions[i], 32), context.int_val(i + 1), place);
  }
  return place;
}

bool possible(z3::context& context, const z3::expr& condition) {
  z3::solver solver(context);
  solver.add(condition);
  const auto answer = solver.check();
  REQUIRE(answer != z3::unknown);
  return answer == z3::sat;
}

bool a_somewhere_stricter(const Comparison& comparison) {
  return comparison.relation == Relation::a_stricter ||
         comparison.relation == Relation::incomparable;
}

bool b_somewhere_stricter(const Comparison& comparison) {
  return comparison.relation == Relation::b_stricter ||
         comparison.relation == Relation::incomparable;
}

// Filters as people get them wrong: one instruction changed.
FilterProgram changed(Random& random, const FilterProgram& program) {
  for (;;) {
    FilterProgram other = program;
    FilterInstruction& victim = other[random() % other.size()];
    switch (random() % 4) {
      case 0: victim.k ^= 1U << random() % 32; break;
      case 1: std::swap(victim.jt, victim.jf); break;
      case 2: victim.k = some_constant(random); break;
      default: victim = some_load(random); break;
    }
    if (check_program(other)) return other;
  }
}

}  // namespace

TEST_CASE("Z3 and compare() come to the same verdict on pairs of filters") {
  Random random(99);
  int decided = 0;
  int equal = 0;
  for (int round = 0; round < 4000 && decided < 250; ++round) {
    const FilterProgram a = random_program(random);
    const FilterProgram b = random() % 4 == 0 ? random_program(random) : changed(random, a);
    const auto comparison = compare({a}, {b});
    if (!comparison) continue;
    z3::context context;
    Encoder encoder(context);
    const z3::expr place_a = strictness(context, encoder.value_of(a));
    const z3::expr place_b = strictness(context, encoder.value_of(b));
    INFO(disassemble(a) << "against\n" << disassemble(b));
    REQUIRE(possible(context, place_a < place_b) == a_somewhere_stricter(*comparison));
    REQUIRE(possible(context, place_b < place_a) == b_somewhere_stricter(*comparison));
    ++decided;
    equal += comparison->relation == Relation::equal ? 1 : 0;
  }
  WARN(decided << " pairs, " << equal << " of them equal");
  CHECK(decided >= 200);
  CHECK(equal > 20);
}
