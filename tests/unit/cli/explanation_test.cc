#include "cli/filters/explanation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "cli/filters/explain_page.h"
#include "cli/screen/case_text.h"
#include "oci-config/seccomp_profile.h"
#include "policy/checks/expand.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/call_pattern.h"
#include "policy/syscalls/notorious_syscalls.h"
#include "policy/syscalls/syscall_groups.h"
#include "policy/syscalls/syscalls.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using policy::ArgPart;
using policy::ArgTest;

namespace {

constexpr auto kEq = SeccompOperator::eq;
constexpr auto kNe = SeccompOperator::ne;

FilterSource source_of(const std::string& text) {
  auto profile = oci_config::parse_seccomp_profile(text, "test");
  REQUIRE(profile);
  return {.title = "test", .profile = *profile};
}

const std::string kProfile = R"({"defaultAction": "SCMP_ACT_ERRNO",
  "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]}]})";

struct Explained {
  FilterSource source = source_of(kProfile);
  policy::FilterDecision decision = *policy::decision_of(*source.profile, SeccompArch::x86_64);
  Explanation explanation{source, decision};
};

}  // namespace

TEST_CASE("conditions are told with constants by name") {
  CHECK(text_of_conditions("socket", ArgumentBits::bits_64,
                           {{.index = 0, .op = kNe, .value = 40}}) == "arg0 is not AF_VSOCK");
  CHECK(text_of_conditions("clone", ArgumentBits::bits_64,
                           {{.index = 0, .op = kEq, .mask = 0x30000000, .value = 0}}) ==
        "(arg0 & CLONE_NEWUSER|CLONE_NEWPID) == 0");
}

TEST_CASE("what another condition already says is left out") {
  CHECK(text_of_conditions("clone", ArgumentBits::bits_64,
                           {{.index = 0, .op = kEq, .mask = 0x30000000, .value = 0},
                            {.index = 0, .op = kNe, .mask = 0x10000000, .value = 0x10000000},
                            {.index = 0, .op = kNe, .mask = 0x10000000, .value = 0x10000000}}) ==
        "(arg0 & CLONE_NEWUSER|CLONE_NEWPID) == 0");
  CHECK(text_of_conditions("x", ArgumentBits::bits_64,
                           {{.index = 1, .op = kEq, .value = 5},
                            {.index = 1, .op = kNe, .value = 6}}) == "arg1 == 5");
}

TEST_CASE("values that are excluded become ranges, those of a half apart from the whole") {
  CHECK(text_of_conditions(
            "x", ArgumentBits::bits_64,
            {{.index = 0, .part = ArgPart::low_half, .op = kNe, .mask = 0xfffffff0},
             {.index = 0, .part = ArgPart::low_half, .op = kNe, .mask = 0xffffffff, .value = 16},
             {.index = 0, .op = kNe, .value = 40}}) ==
        "arg0 is not 40 and low half of arg0 is not 0..16");
  // On a 32-bit architecture the low half is the argument.
  CHECK(text_of_conditions("x", ArgumentBits::bits_32,
                           {{.index = 0, .part = ArgPart::low_half, .op = kNe, .mask = 0xfffffff0},
                            {.index = 0, .op = kNe, .value = 40}}) == "arg0 is not 0..15, 40");
}

TEST_CASE("arguments are read by name, in decimal and in hexadecimal") {
  using policy::argument_value;
  CHECK(argument_value("CLONE_NEWUSER|CLONE_NEWNET") == 0x50000000U);
  CHECK(argument_value("0x10") == 16U);
  CHECK(argument_value("40") == 40U);
  CHECK_FALSE(argument_value(""));
  CHECK_FALSE(argument_value("CLONE_NEWUSER|"));
  CHECK_FALSE(argument_value("0x"));
  CHECK_FALSE(argument_value("-1"));
  CHECK(policy::argument_text("unshare", 0, 0x10000001) == "CLONE_NEWUSER|0x1");
}

TEST_CASE("values have the names that people write, wherever they are shown") {
  using policy::argument_text;
  CHECK(argument_text("clone", 0, 0x10000011) == "CLONE_NEWUSER|SIGCHLD");
  CHECK(argument_text("clone", 0, 17) == "SIGCHLD");
  CHECK(argument_text("clone", 0, 0) == "0");
  CHECK(argument_text("setns", 1, 0x40000000) == "CLONE_NEWNET");
  CHECK(argument_text("socket", 0, 45) == "AF_MCTP");
  CHECK(argument_text("socket", 0, 99) == "99");
  CHECK(argument_text("socket", 1, 0x80003) == "SOCK_RAW|SOCK_CLOEXEC");
  CHECK(argument_text("prctl", 0, 22) == "PR_SET_SECCOMP");
  CHECK(argument_text("prctl", 0, 78) == "PR_FUTEX_HASH");
  CHECK(argument_text("prctl", 0, 17) == "17");  // no option has that number
  CHECK(argument_text("seccomp", 1, 0x22) ==
        "SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
  CHECK(argument_text("ioctl", 1, 0x5412) == "TIOCSTI");
  CHECK(argument_text("ioctl", 1, 0x541c) == "TIOCLINUX");
  CHECK(argument_text("personality", 0, 0x20008) == "PER_LINUX32|UNAME26");
  CHECK(argument_text("personality", 0, 0x440000) == "ADDR_NO_RANDOMIZE|READ_IMPLIES_EXEC");
  CHECK(argument_text("personality", 0, 0xffffffff) == "(query)");
  CHECK(argument_text("personality", 0, 0) == "PER_LINUX");
  CHECK(argument_text("ptrace", 0, 0x4206) == "PTRACE_SEIZE");
  CHECK(argument_text("kill", 1, 9) == "SIGKILL");
  CHECK(argument_text("fcntl", 1, 1033) == "F_ADD_SEALS");
  CHECK(argument_text("mprotect", 2, 5) == "PROT_READ|PROT_EXEC");
  CHECK(argument_text("read", 0, 5) == "5");
}

TEST_CASE("whatever name is shown can be typed, and means the same") {
  const struct {
    const char* call;
    unsigned argument;
    std::uint64_t last;
  } kAll[] = {{"socket", 0, 45}, {"prctl", 0, 78},         {"ptrace", 0, 0x420f},
              {"kill", 1, 31},   {"socketcall", 0, 20},    {"ioctl", 1, 0x5425},
              {"bpf", 0, 10},    {"personality", 0, 0x30}, {"keyctl", 0, 22},
              {"clone", 0, 31},  {"fcntl", 1, 1034}};
  for (const auto& [call, argument, last] : kAll) {
    for (std::uint64_t value = 0; value <= last; ++value) {
      const std::string text = policy::argument_text(call, argument, value);
      CAPTURE(call, value, text);
      CHECK(policy::argument_value(text) == value);
      CHECK_FALSE(policy::other_argument_of(call, argument, text));
    }
  }
}

TEST_CASE("a value of another argument is refused, and flags in memory ask for nothing") {
  CHECK(parse_question("socket(SOCK_RAW)").error().message ==
        "'SOCK_RAW' is a value of argument 1 of socket");
  CHECK(parse_question("socket(AF_INET, SOCK_RAW)")->arguments == policy::CallArguments{2, 3});
  CHECK(policy::parse_call_pattern("clone3(CLONE_NEWUSER)").error().message ==
        "clone3 takes its flags from memory, where no filter sees them");
  const Explained it;
  const auto clone3 =
      it.explanation.answer(SeccompArch::x86_64, *parse_question("clone3(CLONE_NEWUSER)"));
  CHECK(clone3->name == "clone3(CLONE_NEWUSER)");
  CHECK(clone3->standing == Standing::denied);
  CHECK(clone3->remark == "its flags lie in memory, where no filter sees them: this holds for all");
}

TEST_CASE("a call is asked about by number and by architecture, as records have them") {
  const Explained it;
  const auto ask = [&](SeccompArch arch, const std::string& text) {
    return it.explanation.answer(arch, parse_question(text).value());
  };
  CHECK(ask(SeccompArch::x86_64, "0")->name == "read");
  CHECK(ask(SeccompArch::x86, "3")->name == "read");
  CHECK(ask(SeccompArch::x86_64, "x86_64:0")->standing == Standing::allowed);
  CHECK(ask(SeccompArch::x86_64, "c000003e:0")->name == "read");
  CHECK(ask(SeccompArch::x86, "SCMP_ARCH_X86:socketcall")->name == "socketcall");
  CHECK(ask(SeccompArch::x32, "x32:0")->name == "read");
  CHECK(ask(SeccompArch::x86_64, "x86_64:500")->name == "number 500");
  CHECK_FALSE(ask(SeccompArch::x86_64, "x86:3"));
  CHECK(ask(SeccompArch::arm, "arm:read")->cause == "no rules: SCMP_ARCH_ARM is not listed");
  CHECK_FALSE(parse_question("mips9:3"));
  CHECK_FALSE(parse_question("x86_64:opneat"));
}

TEST_CASE("a call is allowed, denied, or depends on its arguments") {
  const Explained it;
  CHECK(it.explanation.call(SeccompArch::x86_64, "read")->standing == Standing::allowed);
  CHECK(it.explanation.call(SeccompArch::x86_64, "ptrace")->standing == Standing::denied);
  const auto clone = it.explanation.call(SeccompArch::x86_64, "clone");
  CHECK(clone->standing == Standing::conditional);
  CHECK(clone->otherwise == "ERRNO(EPERM)");
  REQUIRE(clone->special.size() == 1);
  CHECK(clone->special.front().answer == "ALLOW");
  CHECK(clone->cause == "rule /syscalls/1");
  CHECK(it.explanation.call(SeccompArch::x86_64, "ptrace")->cause == "default action");
  CHECK_FALSE(it.explanation.call(SeccompArch::x86_64, "socketcall"));
}

TEST_CASE("a call has the kernel in which it came, asked with arguments or without") {
  const Explained it;
  CHECK(it.explanation.call(SeccompArch::x86_64, "openat2")->first_kernel == "5.6");
  CHECK(it.explanation.answer(SeccompArch::x86_64, *parse_question("openat2(1)"))->first_kernel ==
        "5.6");
}

TEST_CASE("a call with arguments is answered by the rule that applies to them") {
  const Explained it;
  const auto ask = [&](const std::string& text) {
    return *it.explanation.answer(SeccompArch::x86_64, *parse_question(text));
  };
  CHECK(ask("clone(CLONE_NEWUSER)").otherwise == "ERRNO(EPERM)");
  CHECK(ask("clone(CLONE_NEWUSER)").cause == "default action");
  CHECK(ask("clone()").otherwise == "ALLOW");
  CHECK(ask("clone()").cause == "rule /syscalls/1");
  CHECK(ask("socket(AF_VSOCK, 1)").standing == Standing::denied);
  CHECK(ask("socket(AF_INET)").standing == Standing::allowed);
}

TEST_CASE("of two values of one argument each is allowed by their rule") {
  const FilterSource source = source_of(R"({"defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
              {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]})");
  const auto decision = policy::decision_of(*source.profile, SeccompArch::x86_64);
  REQUIRE(decision);
  const Explanation explanation{source, *decision};
  for (const char* question : {"personality(1)", "personality(2)"}) {
    const auto call = explanation.answer(SeccompArch::x86_64, *parse_question(question));
    REQUIRE(call);
    CHECK(call->standing == Standing::allowed);
    CHECK(call->cause == "rule /syscalls/1");
  }
  const auto other = explanation.answer(SeccompArch::x86_64, *parse_question("personality(3)"));
  CHECK(other->cause == "default action");
}

TEST_CASE("a page shows every call of the architecture once, and the notorious ones first") {
  const Explained it;
  const PageView page = page_of(it.source, it.decision, SeccompArch::x86_64);
  std::multiset<std::string> names;
  for (const GroupView& group : page.groups) {
    for (const CallView& call : group.calls) names.insert(call.name);
  }
  for (const policy::SyscallEntry& entry : policy::syscalls_of(SeccompArch::x86_64)) {
    CAPTURE(std::string(entry.name));
    CHECK(names.count(std::string(entry.name)) == 1);
  }
  CHECK(page.notorious.size() > 20);
  CHECK(page.elsewhere == "ERRNO(EPERM)");
  CHECK(page.other_arch_names == std::vector<std::string>{"x86"});
  CHECK(
      text_of_unlisted(page) ==
      "Calls of x32, which are not listed, are answered with KILL_THREAD, whatever the rules say.");
}

TEST_CASE("clone is notorious with CLONE_NEWUSER, and clone3 whatever it is given") {
  const FilterSource source = source_of(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["clone", "clone3"], "action": "SCMP_ACT_ALLOW"}]})");
  const auto decision = policy::decision_of(*source.profile, SeccompArch::x86_64);
  REQUIRE(decision);
  const Explained guarded;
  for (const char* call : {"clone(CLONE_NEWUSER)", "clone3"}) {
    const auto standing_in = [&](const PageView& page) {
      const auto view = std::ranges::find(page.notorious, call,
                                          [](const NotoriousView& one) { return one.call.name; });
      REQUIRE(view != page.notorious.end());
      return view->call.standing;
    };
    CHECK(standing_in(page_of(source, *decision, SeccompArch::x86_64)) == Standing::allowed);
    CHECK(standing_in(page_of(guarded.source, guarded.decision, SeccompArch::x86_64)) ==
          Standing::denied);
  }
}

TEST_CASE("every group names calls that exist, each in one group only") {
  std::map<std::string_view, std::string_view> group_of_call;
  for (const policy::SyscallGroup& group : policy::syscall_groups()) {
    CHECK_FALSE(group.help.empty());
    for (std::string_view rest = group.calls; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      CAPTURE(std::string(name));
      CHECK(policy::is_syscall_name(name));
      CHECK(group_of_call.emplace(name, group.name).second);
    }
  }
}

TEST_CASE("every notorious call exists, stands once, and has harm and source") {
  std::set<std::string_view> names;
  auto last = policy::Danger::kernel_surface;
  for (const policy::NotoriousSyscall& call : policy::notorious_syscalls()) {
    CAPTURE(std::string(call.name));
    CHECK(policy::is_syscall_name(call.name));
    CHECK(names.insert(call.name).second);
    CHECK(policy::parse_call_pattern(text_of(call)));
    CHECK_FALSE(call.harm.empty());
    CHECK_FALSE(call.source.empty());
    CHECK(call.danger >= last);
    last = call.danger;
  }
  CHECK(policy::find_notorious("bpf") != nullptr);
  CHECK(policy::find_notorious("read") == nullptr);
}
