#include <catch2/catch.hpp>
#include <ctime>

#include "policy/analysis/filter_decision.h"
#include "tests/unit/policy/filter_programs.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using namespace bulkhead::policy::test;

namespace {

Comparison compared(const std::vector<FilterProgram>& a, const std::vector<FilterProgram>& b) {
  const auto comparison = compare(a, b);
  if (!comparison) FAIL(comparison.error().message);
  return *comparison;
}

std::string error_of(const std::vector<FilterProgram>& a, const std::vector<FilterProgram>& b) {
  const auto comparison = compare(a, b);
  if (comparison) return "compared";
  CHECK(comparison.error().code == base::ErrorCode::unsupported);
  return comparison.error().message;
}

const FilterProgram kAllowAll{ret(kAllow)};
const FilterProgram kDenyAll{ret(kErrno | 1)};
const FilterProgram kNoPtrace = one_number(101, kErrno | 1, kAllow);

}  // namespace

TEST_CASE("a filter is equal to itself and to another that decides the same in another way") {
  CHECK(compared({kNoPtrace}, {kNoPtrace}).relation == Relation::equal);
  const FilterProgram other{load(kNr),          jeq(101, 0, 2), load(kArch),
                            jeq(kX86_64, 1, 0), ret(kAllow),    ret(kErrno | 1)};
  CHECK(compared({kNoPtrace}, {other}).relation == Relation::equal);
  CHECK(compared({kNoPtrace}, {other}).witnesses.empty());
}

TEST_CASE("the one call that a filter allows more is named with its architecture and arguments") {
  const Comparison comparison = compared({kAllowAll}, {kNoPtrace});
  CHECK(comparison.relation == Relation::b_stricter);
  REQUIRE(comparison.witnesses.size() == 1);
  CHECK(describe(comparison.witnesses[0]) ==
        "ptrace(0, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)");
  CHECK(compared({kNoPtrace}, {kAllowAll}).relation == Relation::a_stricter);
}

TEST_CASE("filters that are each stricter somewhere are incomparable") {
  const Comparison comparison = compared({kNoPtrace}, {one_number(57, kErrno | 1, kAllow)});
  CHECK(comparison.relation == Relation::incomparable);
  CHECK(comparison.witnesses.size() == 2);
}

TEST_CASE("another errno is a difference but not a strictness") {
  const Comparison comparison = compared({kNoPtrace}, {one_number(101, kErrno | 38, kAllow)});
  CHECK(comparison.relation == Relation::equally_strict);
  CHECK(comparison.data_differs);
  REQUIRE(comparison.witnesses.size() == 1);
  CHECK(comparison.witnesses[0].a.data == 1);
  CHECK(comparison.witnesses[0].b.data == 38);
}

TEST_CASE("what the kernel caps or ignores is no difference") {
  CHECK(compared({{ret(kErrno | 4095)}}, {{ret(kErrno | 5000)}}).relation == Relation::equal);
  CHECK(compared({{ret(kAllow)}}, {{ret(kAllow | 3)}}).relation == Relation::equal);
}

TEST_CASE("x32 numbers are a range of their own, and unknown architectures are seen") {
  const FilterProgram no_x32{load(kArch),           jeq(kX86_64, 0, 3), load(kNr),
                             jge(0x40000000, 0, 1), ret(kErrno | 1),    ret(kAllow)};
  const Comparison x32 = compared({kAllowAll}, {no_x32});
  REQUIRE(!x32.witnesses.empty());
  CHECK(x32.witnesses[0].arch_name == "x32");
  CHECK(x32.witnesses[0].event.nr >= 0x40000000);
  const FilterProgram only_riscv{load(kArch), jeq(0xc00000f3, 0, 1), ret(kErrno | 1), ret(kAllow)};
  const Comparison riscv = compared({kAllowAll}, {only_riscv});
  REQUIRE(riscv.witnesses.size() == 1);
  CHECK(describe(riscv.witnesses[0]) ==
        "system calls 0 to 0xffffffff(0, 0, 0, 0, 0, 0) on riscv64: ALLOW against ERRNO(EPERM)");
}

TEST_CASE("conditions on both halves of an argument are followed exactly") {
  // clone with any of the namespace flags.
  const FilterProgram by_mask{load(low_of(0)), alu(kAnd, 0x7e020000), jeq(0, 0, 1), ret(kAllow),
                              ret(kErrno | 1)};
  const FilterProgram by_bits{load(low_of(0)), jset(0x7e020000, 1, 0), ret(kAllow),
                              ret(kErrno | 1)};
  CHECK(compared({by_mask}, {by_bits}).relation == Relation::equal);
  const FilterProgram forgot_time{load(low_of(0)), jset(0x7e020000 & ~0x2000000U, 1, 0),
                                  ret(kAllow), ret(kErrno | 1)};
  const Comparison comparison = compared({forgot_time}, {by_bits});
  CHECK(comparison.relation == Relation::b_stricter);
  REQUIRE(!comparison.witnesses.empty());
  CHECK(comparison.witnesses[0].event.args[0] == 0x2000000);
  const FilterProgram high{load(high_of(2)), jeq(1, 0, 1), ret(kErrno | 1), ret(kAllow)};
  CHECK(compared({kAllowAll}, {high}).witnesses.at(0).event.args[2] == 0x100000000);
}

TEST_CASE("shifts, offsets and flips of one word are followed") {
  const FilterProgram plain{load(low_of(0)), jge(16, 0, 2), jgt(31, 1, 0), ret(kErrno | 1),
                            ret(kAllow)};
  const FilterProgram shifted{load(low_of(0)), alu(kRsh, 4), jeq(1, 0, 1), ret(kErrno | 1),
                              ret(kAllow)};
  const FilterProgram offset{load(low_of(0)), alu(kAdd, 0U - 16U), jge(16, 1, 0), ret(kErrno | 1),
                             ret(kAllow)};
  const FilterProgram flipped{load(low_of(0)), alu(kXor, 16),   alu(kAnd, 0xfffffff0),
                              jeq(0, 0, 1),    ret(kErrno | 1), ret(kAllow)};
  CHECK(compared({plain}, {shifted}).relation == Relation::equal);
  CHECK(compared({plain}, {offset}).relation == Relation::equal);
  CHECK(compared({plain}, {flipped}).relation == Relation::equal);
}

TEST_CASE("stacks compare as the kernel combines them") {
  CHECK(compared({kNoPtrace, kAllowAll}, {kNoPtrace}).relation == Relation::equal);
  CHECK(compared({}, {kAllowAll}).relation == Relation::equal);
  const FilterProgram eperm = one_number(101, kErrno | 1, kAllow);
  const FilterProgram enosys = one_number(101, kErrno | 38, kAllow);
  CHECK(compared({eperm, enosys}, {enosys, eperm}).relation == Relation::equally_strict);
  CHECK(compared({eperm, enosys}, {eperm}).relation == Relation::equal);
}

TEST_CASE("a filter that looks at the instruction pointer is not analysable, and says where") {
  const FilterProgram pointer{load(kPointer), jeq(1, 0, 1), ret(kAllow), ret(kErrno | 1)};
  CHECK(error_of({pointer}, {kAllowAll}).starts_with("not analysable: instruction 0: "));
  const FilterProgram two_words{load(low_of(0)), {0x07, 0, 0, 0}, load(low_of(1)),
                                {0x1d, 0, 1, 0}, ret(kAllow),     ret(kErrno | 1)};
  CHECK(error_of({two_words}, {kAllowAll}).starts_with("not analysable: instruction 3: "));
  // Where no call can get there, it does not matter.
  const FilterProgram dead{{0x00, 0, 0, 1}, jeq(2, 0, 3),      load(kPointer),
                           jeq(1, 0, 1),    ret(kKillProcess), ret(kAllow)};
  CHECK(compared({dead}, {kAllowAll}).relation == Relation::equal);
}

TEST_CASE("the gate asks only whether more is allowed than planned") {
  const auto more = [](const std::vector<FilterProgram>& installed, const FilterProgram& planned) {
    const auto witness = allows_more(installed, planned);
    if (!witness) return witness.error().message;
    return *witness ? describe(**witness) : std::string("no");
  };
  CHECK(more({kNoPtrace}, kNoPtrace) == "no");
  CHECK(more({kDenyAll}, kNoPtrace) == "no");
  CHECK(more({kAllowAll, kNoPtrace}, kNoPtrace) == "no");
  CHECK(more({one_number(101, kErrno | 38, kAllow)}, kNoPtrace) == "no");
  CHECK(more({kAllowAll}, kNoPtrace) ==
        "ptrace(0, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)");
  CHECK(more({}, kNoPtrace) == "ptrace(0, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(EPERM)");
}

namespace {

// Of the processor's time, so that other work of the machine does not count.
template <class Question>
double seconds(const Question& question) {
  const std::clock_t start = std::clock();
  question();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// Each pair of instructions tests one bit of an argument and goes on whatever the outcome, but the
// last answer depends on it: the number of paths doubles with each.
FilterProgram doubling(std::uint16_t flavour) {
  FilterProgram program;
  for (std::uint32_t i = 0; program.size() + 8 < 4096; ++i) {
    program.push_back(load(low_of(i % 6)));
    program.push_back(alu(kAnd, (i * 2654435761U) | 1U));
    program.push_back(jeq(i * 40503U + flavour, 1, 0));
    program.push_back(alu(kAdd, i));
  }
  program.push_back(load(kNr));
  program.push_back(jeq(1, 0, 1));
  program.push_back(ret(kAllow));
  program.push_back(ret(kErrno | 1));
  return program;
}

FilterProgram many_conditions(std::uint32_t salt) {
  FilterProgram program;
  while (program.size() + 8 < 4096) {
    const auto i = static_cast<std::uint32_t>(program.size());
    program.push_back(load(low_of(i % 6)));
    program.push_back(alu(kAnd, i * 2654435761U + salt));
    program.push_back(jge((i * 40503U * salt) & (i * 2654435761U + salt), 1, 0));
    program.push_back(i % 2 == 0 ? ret(kErrno | (i & 0xfff)) : jset(i, 0, 2));
  }
  program.push_back(ret(kAllow));
  program.push_back(ret(kAllow));
  program.push_back(ret(kErrno));
  program.push_back(ret(kErrno));
  return program;
}

FilterProgram many_numbers(std::uint32_t step) {
  FilterProgram program{load(kNr)};
  while (program.size() + 4 < 4096) {
    const auto i = static_cast<std::uint32_t>(program.size());
    program.push_back(jset(i * step, 0, 1));
    program.push_back(ret(kErrno | (i & 0xfff)));
  }
  program.push_back(ret(kAllow));
  return program;
}

}  // namespace

// What this machine and this build take to run a program of 4096 instructions 90,000 times: ten
// times what the hardest question here was seen to take.
double seconds_of_the_measure() {
  const FilterProgram program = doubling(1);
  return seconds([&] {
    for (std::uint64_t i = 0; i < 90'000; ++i)
      (void)evaluate(program, {.args = {i, i, i, i, i, i}});
  });
}

TEST_CASE("a worst case of 4096 instructions is answered or given up within a bounded time") {
  const double limit = seconds_of_the_measure();
  const auto within_limit = [&](const FilterProgram& a, const FilterProgram& b) {
    REQUIRE(check_program(a));
    CHECK(seconds([&] { (void)compare({a}, {b}); }) < limit);
    CHECK(seconds([&] { (void)analyse({a}); }) < limit);
  };
  within_limit(doubling(1), doubling(2));
  within_limit(many_conditions(3), many_conditions(5));
  within_limit(many_numbers(1), many_numbers(0x10000));
}
