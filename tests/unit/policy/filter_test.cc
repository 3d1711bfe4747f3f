#include "policy/filter/filter.h"

#include <catch2/catch.hpp>

#include "tests/unit/policy/filter_programs.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using namespace bulkhead::policy::test;
using oci_config::SeccompAction;

namespace {

std::string refusal_of(const FilterProgram& program) {
  const auto checked = check_program(program);
  if (checked) return "accepted";
  CHECK(checked.error().code == base::ErrorCode::invalid_input);
  return checked.error().message;
}

FilterAnswer run(const FilterProgram& program, const SyscallEvent& event = call(0)) {
  REQUIRE(refusal_of(program) == "accepted");
  return evaluate(program, event);
}

}  // namespace

TEST_CASE("a program that the kernel would not load is refused with the instruction at fault") {
  const FilterInstruction mod{0x94, 0, 0, 3};
  const FilterInstruction load_byte{0x30, 0, 0, 0};
  const FilterInstruction load_memory{0x60, 0, 0, 2};
  const FilterInstruction store{0x02, 0, 0, 2};
  const auto end = ret(kAllow);
  CHECK(refusal_of({}) == "a filter has 1 to 4096 instructions, this one has 0");
  CHECK(refusal_of(FilterProgram(4097, end)) ==
        "a filter has 1 to 4096 instructions, this one has 4097");
  CHECK(refusal_of({mod, end}) == "instruction 0: code 0x94 is not admitted in a filter");
  CHECK(refusal_of({load_byte, end}) == "instruction 0: code 0x30 is not admitted in a filter");
  CHECK(refusal_of({load(2), end}) ==
        "instruction 0: loads from offset 2, which is no word of seccomp_data");
  CHECK(refusal_of({load(64), end}) ==
        "instruction 0: loads from offset 64, which is no word of seccomp_data");
  CHECK(refusal_of({end, jeq(1, 1, 0), end}) ==
        "instruction 1: jumps beyond the end of the program");
  CHECK(refusal_of({{0x05, 0, 0, 0xffffffff}, end}) ==
        "instruction 0: jumps beyond the end of the program");
  CHECK(refusal_of({alu(0x30, 0), end}) == "instruction 0: divides by zero");
  CHECK(refusal_of({alu(kLsh, 32), end}) == "instruction 0: shifts by 32 bits");
  CHECK(refusal_of({load_memory, end}) ==
        "instruction 0: loads scratch memory word 2 that was not stored");
  CHECK(refusal_of({{0x02, 0, 0, 16}, end}) == "instruction 0: uses scratch memory word 16 of 16");
  CHECK(refusal_of({end, load(0)}) == "instruction 1: the last one must return");
  CHECK(refusal_of({store, load_memory, end}) == "accepted");
  CHECK(refusal_of({jeq(0, 0, 1), store, load_memory, end}) ==
        "instruction 2: loads scratch memory word 2 that was not stored");
  CHECK(refusal_of({load(60), end}) == "accepted");
}

TEST_CASE("a program answers as the kernel's interpreter does") {
  const SyscallEvent event{.nr = 7,
                           .arch = kX86_64,
                           .instruction_pointer = 0x1122334455667788,
                           .args = {0xaabbccdd00112233, 2, 3, 4, 5, 0xffffffff00000000}};
  const auto loaded = [&](std::uint32_t offset) {
    // The word's low 16 bits as errno data.
    return run({load(offset), alu(kAnd, 0xffff), alu(kOr, kErrno), {0x16, 0, 0, 0}}, event).data;
  };
  CHECK(loaded(kNr) == 7);
  CHECK(loaded(kArch) == 0x3e);
  CHECK(loaded(8) == 0x7788);
  CHECK(loaded(12) == 0x3344);
  CHECK(loaded(low_of(0)) == 0x2233);
  CHECK(loaded(high_of(0)) == 0xccdd);
  CHECK(loaded(high_of(5)) == 0xffff);

  const auto computed = [&](std::vector<FilterInstruction> steps) {
    FilterProgram program{load(kNr)};
    program.insert(program.end(), steps.begin(), steps.end());
    program.push_back(alu(kAnd, 0xffff));
    program.push_back(alu(kOr, kErrno));
    program.push_back({0x16, 0, 0, 0});
    return run(program, event).data;
  };
  CHECK(computed({alu(kAdd, 5)}) == 12);
  CHECK(computed({alu(0x10, 8)}) == 0xffff);
  CHECK(computed({alu(0x20, 6)}) == 42);
  CHECK(computed({alu(0x30, 2)}) == 3);
  CHECK(computed({alu(kXor, 0xff)}) == 0xf8);
  CHECK(computed({{0x84, 0, 0, 0}}) == 0xfff9);                // neg
  CHECK(computed({{0x01, 0, 0, 33}, {0x6c, 0, 0, 0}}) == 14);  // lsh by X: 33 & 31
  CHECK(computed({{0x80, 0, 0, 0}}) == 64);                    // the length
  CHECK(computed({{0x02, 0, 0, 3}, {0x00, 0, 0, 9}, {0x61, 0, 0, 3}, {0x0c, 0, 0, 0}}) == 16);
}

TEST_CASE("a division by an X of zero kills the thread, as in the kernel") {
  const FilterProgram program{
      load(low_of(0)), {0x07, 0, 0, 0}, {0x00, 0, 0, 8}, {0x3c, 0, 0, 0}, ret(kAllow)};
  CHECK(run(program, call(0, {0})).action == SeccompAction::kill_thread);
  CHECK(run(program, call(0, {2})).action == SeccompAction::allow);
}

TEST_CASE("an unknown action kills the process, and actions and values translate both ways") {
  CHECK(answer_of_return_value(0x12340007) == FilterAnswer{SeccompAction::kill_process, 7});
  for (const std::uint32_t value :
       {0x80000000U, 0U, 0x30005U, 0x50001U, 0x7fc00000U, 0x7ff00003U, 0x7ffc0000U, 0x7fff0000U}) {
    CHECK(return_value_of(answer_of_return_value(value)) == value);
  }
}

TEST_CASE("of several filters the strictest answer wins, and of equal actions the newest") {
  const FilterProgram allow{ret(kAllow)};
  const FilterProgram eperm{ret(kErrno | 1)};
  const FilterProgram enosys{ret(kErrno | 38)};
  CHECK(evaluate_stack({}, call(0)).action == SeccompAction::allow);
  CHECK(evaluate_stack({allow, eperm}, call(0)) == FilterAnswer{SeccompAction::return_errno, 1});
  CHECK(evaluate_stack({enosys, eperm}, call(0)).data == 38);
  CHECK(evaluate_stack({eperm, enosys}, call(0)).data == 1);
  CHECK(evaluate_stack({eperm, {ret(kKillProcess)}}, call(0)).action ==
        SeccompAction::kill_process);
  // An action that the kernel does not know ranks by its number, and kills when it wins.
  CHECK(evaluate_stack({{ret(0x7ff80000)}, eperm}, call(0)).action == SeccompAction::return_errno);
  CHECK(evaluate_stack({{ret(0x00010000)}, eperm}, call(0)).action == SeccompAction::kill_process);
}

TEST_CASE("an answer's data counts only where a process can see it") {
  CHECK(effect_of({SeccompAction::allow, 5}).data == 0);
  CHECK(effect_of({SeccompAction::return_errno, 5000}).data == 4095);
  CHECK(text_of(FilterAnswer{SeccompAction::return_errno, 1}) == "ERRNO(EPERM)");
  CHECK(text_of(FilterAnswer{SeccompAction::return_errno, 4000}) == "ERRNO(4000)");
  CHECK(text_of(FilterAnswer{SeccompAction::kill_process, 9}) == "KILL_PROCESS");
}

TEST_CASE("a listing names architectures, calls and answers") {
  CHECK(disassemble({load(kArch), jeq(kX86_64, 0, 3), load(kNr), jset(0x40000000, 1, 0),
                     jeq(101, 0, 1), ret(kErrno | 1), ret(kAllow)}) ==
        "0: A = arch\n"
        "1: if A == 0xc000003e (x86_64) goto 2 else 5\n"
        "2: A = nr\n"
        "3: if A & 0x40000000 goto 5 else 4\n"
        "4: if A == 101 (ptrace) goto 5 else 6\n"
        "5: return ERRNO(EPERM)\n"
        "6: return ALLOW\n");
}
