#include "policy/proof/verdict.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>

#include "policy/filter/enosys_stub.h"

namespace bulkhead::policy {
namespace {

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr std::uint32_t kNr = offsetof(seccomp_data, nr);
constexpr std::uint32_t kArch = offsetof(seccomp_data, arch);
constexpr std::uint32_t kUnshare = 272;
constexpr std::uint32_t kKeyctl = 250;
constexpr std::uint32_t kPersonality = 135;

// Kills other architectures, answers EPERM to `denied`, allows the rest.
FilterProgram deny(std::uint32_t denied, std::uint32_t answer = SECCOMP_RET_ERRNO | EPERM) {
  return {{kLoad, 0, 0, kArch},
          {kEqual, 1, 0, AUDIT_ARCH_X86_64},
          {kReturn, 0, 0, SECCOMP_RET_KILL_THREAD},
          {kLoad, 0, 0, kNr},
          {kEqual, 0, 1, denied},
          {kReturn, 0, 0, answer},
          {kReturn, 0, 0, SECCOMP_RET_ALLOW}};
}

// What runc prepends: numbers above the newest known one get ENOSYS.
FilterProgram behind_stub(const FilterProgram& program, std::uint32_t answer = ENOSYS) {
  FilterProgram whole = {
      {kLoad, 0, 0, kNr}, {kGreater, 0, 1, 448}, {kReturn, 0, 0, SECCOMP_RET_ERRNO | answer}};
  whole.insert(whole.end(), program.begin(), program.end());
  return whole;
}

Expectation expecting(FilterProgram program) {
  Expectation expected;
  expected.filter = std::move(program);
  return expected;
}

Verdict judge_stack(const FilterProgram& planned, std::vector<FilterProgram> newest_first) {
  return judge(expecting(planned), {.filters = std::move(newest_first)});
}

}  // namespace

TEST_CASE("the planned program itself holds") {
  const Verdict verdict = judge_stack(deny(kUnshare), {deny(kUnshare)});
  CHECK(verdict.holds());
  CHECK(verdict.filter_proof == FilterProof::same_program);
}

TEST_CASE("more filters beside the planned one only make it stricter") {
  CHECK(judge_stack(deny(kUnshare), {deny(kKeyctl), deny(kUnshare)}).filter_proof ==
        FilterProof::same_program);
}

TEST_CASE("a container without any filter is told so") {
  const Verdict verdict = judge_stack(deny(kUnshare), {});
  CHECK_FALSE(verdict.holds());
  CHECK(verdict.filter_proof == FilterProof::failed);
  CHECK(verdict.sentence() == "no seccomp filter is installed, but one must hold");
}

TEST_CASE("the ENOSYS stub that runc prepends is allowed for") {
  CHECK(judge_stack(deny(kUnshare), {behind_stub(deny(kUnshare))}).filter_proof ==
        FilterProof::runtime_stub);
  // Where the plan kills, ENOSYS is less strict, but nothing takes effect.
  const FilterProgram kills = {{kReturn, 0, 0, SECCOMP_RET_KILL_PROCESS}};
  FilterProgram loads_first = {{kLoad, 0, 0, kNr}, {kReturn, 0, 0, SECCOMP_RET_KILL_PROCESS}};
  CHECK(is_behind_enosys_stub(behind_stub(loads_first), loads_first));
  CHECK_FALSE(is_behind_enosys_stub(behind_stub(kills), kills));
}

TEST_CASE("a prefix that allows anything is no stub") {
  FilterProgram allows = behind_stub(deny(kUnshare));
  allows[2].k = SECCOMP_RET_ALLOW;
  CHECK_FALSE(is_behind_enosys_stub(allows, deny(kUnshare)));
  const Verdict verdict = judge_stack(deny(kUnshare), {allows});
  CHECK_FALSE(verdict.holds());
  CHECK(verdict.differences.at(0).subject == "seccomp");
}

TEST_CASE("a prefix that jumps past the start of the planned program is no stub") {
  FilterProgram jumps = behind_stub(deny(kUnshare));
  jumps[1].jf = 8;  // to the last instruction, which allows
  CHECK_FALSE(is_behind_enosys_stub(jumps, deny(kUnshare)));
  CHECK_FALSE(judge_stack(deny(kUnshare), {jumps}).holds());
}

TEST_CASE("another program that is stricter holds by analysis") {
  const Verdict verdict = judge_stack(deny(kUnshare), {deny(kUnshare, SECCOMP_RET_KILL_PROCESS)});
  CHECK(verdict.holds());
  CHECK(verdict.filter_proof == FilterProof::analysed);
}

TEST_CASE("a stricter program behind a stub holds where the plan kills unknown calls") {
  const FilterProgram planned = {{kLoad, 0, 0, kNr},
                                 {kEqual, 0, 1, kKeyctl},
                                 {kReturn, 0, 0, SECCOMP_RET_ALLOW},
                                 {kReturn, 0, 0, SECCOMP_RET_KILL_PROCESS}};
  FilterProgram other = {{kLoad, 0, 0, kNr},
                         {kEqual, 1, 0, kKeyctl},
                         {kReturn, 0, 0, SECCOMP_RET_KILL_PROCESS},
                         {kReturn, 0, 0, SECCOMP_RET_ALLOW}};
  CHECK(judge_stack(planned, {behind_stub(other)}).filter_proof == FilterProof::analysed);
}

TEST_CASE("a weaker program is named with a call that it lets through") {
  const Verdict verdict = judge_stack(deny(kUnshare), {deny(kKeyctl)});
  CHECK_FALSE(verdict.holds());
  CHECK_THAT(verdict.sentence(),
             Catch::Contains("the installed filters allow more than planned: unshare("));
}

TEST_CASE("a stack that an earlier analysis accepted needs none") {
  const std::vector<FilterProgram> stack = {deny(kUnshare, SECCOMP_RET_KILL_PROCESS)};
  Expectation expected = expecting(deny(kUnshare));
  expected.accepted_stacks = {stack_digest(stack)};
  CHECK(judge(expected, {.filters = stack}).filter_proof == FilterProof::accepted_before);
  CHECK(judge(expected, {.filters = {deny(kKeyctl)}}).filter_proof == FilterProof::failed);
}

TEST_CASE("what was analysed of each filter that must hold is told, and accepted later") {
  const FilterProgram other = deny(kKeyctl, SECCOMP_RET_ERRNO | 13);
  const std::vector<FilterProgram> stack = {deny(kUnshare, SECCOMP_RET_KILL_PROCESS),
                                            deny(kKeyctl, SECCOMP_RET_KILL_PROCESS)};
  Expectation expected = expecting(deny(kUnshare));
  expected.also = {other, stack.back()};
  const Verdict first = judge(expected, {.filters = stack});
  CHECK(first.holds());
  CHECK(first.analysed == std::vector{stack_digest(stack), held_digest(stack, other)});

  expected.accepted_stacks = first.analysed;
  const Verdict second = judge(expected, {.filters = stack});
  CHECK(second.holds());
  CHECK(second.filter_proof == FilterProof::accepted_before);
  CHECK(second.analysed.empty());

  expected.also = {deny(kPersonality)};  // of that nothing was found
  CHECK_FALSE(judge(expected, {.filters = stack}).holds());
  expected.also = {other};
  CHECK_FALSE(judge(expected, {.filters = {stack.front()}}).holds());
  expected.accepted_stacks = {held_digest(stack, deny(kUnshare))};  // no digest of the stack alone
  CHECK(judge(expected, {.filters = stack}).filter_proof == FilterProof::analysed);
}

TEST_CASE("the digest of a stack tells order and borders apart") {
  const FilterProgram a = deny(kUnshare);
  const FilterProgram b = deny(kKeyctl);
  CHECK(stack_digest({a, b}) != stack_digest({b, a}));
  FilterProgram joined = a;
  joined.insert(joined.end(), b.begin(), b.end());
  CHECK(stack_digest({a, b}) != stack_digest({joined}));
}

TEST_CASE("a filter that only logs for a record demands nothing, and is in no digest") {
  constexpr std::uint16_t kLoad = 0x20, kIfEqual = 0x15, kReturn = 0x06, kReturnA = 0x16;
  const FilterProgram beside = {{kLoad, 0, 0, 4},
                                {kIfEqual, 0, 1, 0xC000003E},
                                {kReturn, 0, 0, SECCOMP_RET_ALLOW},
                                {kReturn, 0, 0, SECCOMP_RET_LOG}};
  CHECK(lets_everything_pass(beside));
  CHECK_FALSE(lets_everything_pass(deny(kUnshare)));
  CHECK_FALSE(lets_everything_pass({{kLoad, 0, 0, 4}, {kReturnA, 0, 0, 0}}));
  const FilterProgram planned = deny(kUnshare);
  CHECK(stack_digest({beside, planned}) == stack_digest({planned}));
  CHECK(judge(expecting(planned), {.filters = {beside, planned}}).holds());
  CHECK_FALSE(judge(expecting(planned), {.filters = {beside}}).holds());
}

TEST_CASE("no_new_privs must be set where it is planned, and may be set where it is not") {
  Expectation expected;
  expected.no_new_privileges = true;
  CHECK(judge(expected, {}).sentence() == "no_new_privs is not set, but it must be");
  CHECK(judge(Expectation{}, {.no_new_privileges = true}).holds());
}

TEST_CASE("a capability beyond the plan is named with its set") {
  Expectation expected;
  expected.capabilities.bounding = 1;  // CAP_CHOWN
  ObservedState observed;
  observed.capabilities.bounding = 1 | std::uint64_t{1} << 21;
  CHECK(judge(expected, observed).sentence() ==
        "the bounding set holds CAP_SYS_ADMIN beyond the plan");
}

TEST_CASE("capabilities where none are planned: it is told what config.json must say") {
  ObservedState observed;
  observed.capabilities.bounding = observed.capabilities.permitted = 1;
  const std::string sentence = judge(Expectation{}, observed).sentence();
  CHECK(sentence.find("the bounding set holds CAP_CHOWN beyond the plan") != std::string::npos);
  CHECK(sentence.ends_with("write the member, with empty lists or with what the program needs"));
}

TEST_CASE("what execve gives a root program within the bounding set is planned") {
  Expectation expected;
  expected.capabilities.bounding = 3;
  expected.capabilities.permitted = 1;
  ObservedState observed;
  observed.capabilities = {.bounding = 3, .effective = 3, .inheritable = 0, .permitted = 3};
  CHECK(judge(expected, observed).holds());
}

TEST_CASE("an AppArmor profile that is not in force, or only complains, is a difference") {
  Expectation expected;
  expected.apparmor_label = "k8s-my-app";
  CHECK(judge(expected, {.apparmor = {"unconfined", ""}}).sentence() ==
        "the AppArmor profile in force is 'unconfined', but 'k8s-my-app' must hold");
  CHECK(judge(expected, {.apparmor = {"k8s-my-app", "complain"}}).sentence() ==
        "the AppArmor profile 'k8s-my-app' is in mode 'complain', which does not enforce it");
  CHECK(judge(expected, {.apparmor = {"k8s-my-app", "enforce"}}).holds());
  expected.complain_accepted = true;
  CHECK(judge(expected, {.apparmor = {"k8s-my-app", "complain"}}).holds());
}

TEST_CASE("a stack of AppArmor profiles is the same in any order") {
  Expectation expected;
  expected.apparmor_label = "a//&b";
  CHECK(judge(expected, {.apparmor = {"b//&a", "enforce"}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {"a", "enforce"}}).holds());
  expected.apparmor_label = ":space://inner//&a";
  CHECK(judge(expected, {.apparmor = {"a//&:space:inner", "enforce"}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {"a//&:other:inner", "enforce"}}).holds());
}

TEST_CASE("a profile that records beside the planned one changes nothing, and is no substitute") {
  Expectation expected;
  expected.apparmor_label = "web";
  const std::string recorder = ":bulkhead-record:rec-web-1";
  const std::string stack = "web//&" + recorder;
  CHECK(judge(expected, {.apparmor = {stack, "mixed", "enforce"}}).holds());
  CHECK(judge(expected, {.apparmor = {stack, "mixed", "complain"}}).sentence() ==
        "the AppArmor profile 'web' is in mode 'complain', which does not enforce it");
  CHECK_FALSE(judge(expected, {.apparmor = {stack, "mixed", ""}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {stack, "enforce", ""}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {recorder, "complain", ""}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {"other//&" + recorder, "mixed", "enforce"}}).holds());
  CHECK_FALSE(judge(expected, {.apparmor = {"web//&rec-web-1", "mixed", ""}}).holds());
  expected.complain_accepted = true;
  CHECK_FALSE(judge(expected, {.apparmor = {recorder, "complain", ""}}).holds());
}

TEST_CASE("all differences are told at once") {
  Expectation expected = expecting(deny(kUnshare));
  expected.no_new_privileges = true;
  CHECK(judge(expected, {}).differences.size() == 2);
}

}  // namespace bulkhead::policy
