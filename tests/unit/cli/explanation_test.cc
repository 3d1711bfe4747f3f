#include "cli/filters/explanation.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "cli/filters/explain_page.h"
#include "cli/screen/case_text.h"
#include "oci-config/seccomp_profile.h"
#include "policy/checks/expand.h"
#include "policy/syscalls/argument_names.h"
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
  CHECK(it.explanation.concrete(SeccompArch::x86_64, *parse_question("openat2(1)"))->first_kernel ==
        "5.6");
}

TEST_CASE("a call with arguments is answered by the rule that applies to them") {
  const Explained it;
  const auto ask = [&](const std::string& text) {
    return *it.explanation.concrete(SeccompArch::x86_64, *parse_question(text));
  };
  CHECK(ask("clone(CLONE_NEWUSER)").otherwise == "ERRNO(EPERM)");
  CHECK(ask("clone(CLONE_NEWUSER)").cause == "default action");
  CHECK(ask("clone()").otherwise == "ALLOW");
  CHECK(ask("clone()").cause == "rule /syscalls/1");
  CHECK(ask("socket(AF_VSOCK, 1)").standing == Standing::denied);
  CHECK(ask("socket(AF_INET)").standing == Standing::allowed);
}

TEST_CASE("of two values of one argument each is allowed by their rule") {
  const FilterSource source = source_of(R"({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
    {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
              {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]})");
  const auto decision = policy::decision_of(*source.profile, SeccompArch::x86_64);
  REQUIRE(decision);
  const Explanation explanation{source, *decision};
  for (const char* question : {"personality(1)", "personality(2)"}) {
    const auto call = explanation.concrete(SeccompArch::x86_64, *parse_question(question));
    REQUIRE(call);
    CHECK(call->standing == Standing::allowed);
    CHECK(call->cause == "rule /syscalls/1");
  }
  const auto other = explanation.concrete(SeccompArch::x86_64, *parse_question("personality(3)"));
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
    CHECK_FALSE(call.harm.empty());
    CHECK_FALSE(call.source.empty());
    CHECK(call.danger >= last);
    last = call.danger;
  }
  CHECK(policy::find_notorious("bpf") != nullptr);
  CHECK(policy::find_notorious("read") == nullptr);
}
