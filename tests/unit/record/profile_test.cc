#include "record/profiles/profile.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "kernel/filters/seccomp_compiler.h"
#include "policy/advice/lint_checks.h"
#include "policy/checks/expand.h"
#include "policy/filter/filter.h"
#include "policy/syscalls/syscalls.h"
#include "record/profiles/against_fallback.h"
#include "record/profiles/profile_document.h"
#include "record/values/record_json.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

using oci_config::SeccompArch;
using policy::FilterAnswer;

constexpr ProfileRequest kRequest = {.kernel = {6, 1}};
constexpr FilterAnswer kAllow = {oci_config::SeccompAction::allow, 0};
constexpr FilterAnswer errno_answer(std::uint16_t number) {
  return {oci_config::SeccompAction::return_errno, number};
}

CallKey call_named(std::string_view name, SeccompArch arch = SeccompArch::x86_64) {
  return {audit_arch(arch), policy::syscall_number(arch, name).value()};
}

// A record of one container that made these calls, each once.
Record record_of(const std::vector<std::string_view>& calls,
                 SeccompArch arch = SeccompArch::x86_64) {
  Record record{.name = "web", .since = 1'000};
  RecordedContainer& container = record.containers[{1'000, "c1"}];
  container.how = How::histogram;
  container.ended = 61'000;
  for (const std::string_view call : calls) {
    container.calls[call_named(call, arch)] = {.count = 1, .first = 1'000, .last = 2'000};
  }
  return record;
}

RecordedContainer& container_of(Record& record) { return record.containers.begin()->second; }

RecordedProfile profile_of(const Record& record, const ProfileRequest& request = kRequest) {
  auto made = make_profile(record, request);
  REQUIRE(made.has_value());
  return *std::move(made);
}

FilterAnswer answer_to(const oci_config::SeccompProfile& profile, std::string_view call,
                       std::uint64_t argument = 0, unsigned index = 0,
                       SeccompArch arch = SeccompArch::x86_64) {
  const auto program = kernel::compile_seccomp(profile);
  REQUIRE(program.has_value());
  const CallKey key = call_named(call, arch);
  policy::SyscallEvent event{.nr = key.number, .arch = key.arch};
  event.args[index] = argument;
  return policy::evaluate(*program, event);
}

TEST_CASE("what was recorded is allowed, and what was not is answered as an unknown call") {
  const auto made = profile_of(record_of({"accept4", "sendfile"}));
  CHECK(answer_to(made.expanded, "accept4") == kAllow);
  CHECK(answer_to(made.expanded, "sendfile") == kAllow);
  CHECK(answer_to(made.expanded, "mq_open") == errno_answer(38));
  CHECK(made.notes.empty());
}

TEST_CASE("a recorded call keeps the conditions that the fallback has for it") {
  constexpr std::uint64_t kNewUser = 0x10000000;
  constexpr std::uint64_t kVsock = 40;
  const auto made = profile_of(record_of({"clone", "socket", "personality"}));
  CHECK(answer_to(made.expanded, "clone", 0x11) == kAllow);
  CHECK(answer_to(made.expanded, "clone", kNewUser) == errno_answer(1));
  CHECK(answer_to(made.expanded, "socket", 2) == kAllow);
  CHECK(answer_to(made.expanded, "socket", kVsock) == errno_answer(97));
  CHECK(answer_to(made.expanded, "personality", 0) == kAllow);
  CHECK(answer_to(made.expanded, "personality", 0x40000) == errno_answer(38));
}

TEST_CASE(
    "what runtimes and C libraries need to start is allowed, and marked where there is room") {
  const Record record = record_of({"accept4"});
  const auto made = profile_of(record);
  for (const char* call : {"execve", "capset", "arch_prctl", "rt_sigreturn", "faccessat2"}) {
    CAPTURE(call);
    CHECK(answer_to(made.expanded, call) == kAllow);
  }
  const std::string document = to_document(record, made, ProfileFormat::docker);
  CHECK_THAT(document, Catch::Contains("\"comment\": \"Not recorded: runtimes and C libraries"));
}

TEST_CASE("a profile made of a record passes lint") {
  const auto made = profile_of(record_of({"accept4", "clone", "socket"}));
  const policy::NodeFacts facts{.kernel = {6, 1}};
  for (const auto* profile : {&made.open, &made.expanded}) {
    for (const policy::Finding& finding : policy::lint(*profile, facts, 0)) {
      CAPTURE(finding.check, finding.message);
      const bool is_dialect = profile == &made.open && finding.check == "engine-dialect";
      CHECK((is_dialect || finding.severity == policy::Severity::note));
    }
  }
}

TEST_CASE("calls of another architecture are allowed only where one was recorded") {
  const auto native = profile_of(record_of({"writev"}));
  const FilterAnswer killed = {oci_config::SeccompAction::kill_thread, 0};
  CHECK(answer_to(native.expanded, "writev", 0, 0, SeccompArch::x86) == killed);
  Record both = record_of({"writev"});
  container_of(both).calls[call_named("getpid", SeccompArch::x86)] = {.count = 1};
  const auto made = profile_of(both);
  CHECK(answer_to(made.expanded, "getpid", 0, 0, SeccompArch::x86) == kAllow);
  CHECK(answer_to(made.expanded, "mmap2", 0, 0, SeccompArch::x86) == errno_answer(38));
  CHECK(answer_to(made.expanded, "getpid", 0, 0, SeccompArch::x32) == killed);
}

TEST_CASE("a call that the fallback denied keeps its answer") {
  Record record = record_of({"accept4"});
  container_of(record).calls[call_named("clone3")] = {.denied = 3};
  container_of(record).calls[call_named("mount")] = {.denied = 1};
  const auto made = profile_of(record);
  CHECK(answer_to(made.expanded, "clone3") == errno_answer(38));
  CHECK(answer_to(made.expanded, "mount") == errno_answer(1));
}

TEST_CASE("a call that a stricter profile denied does not become allowed") {
  Record record = record_of({"accept4"});
  container_of(record).calls[call_named("mq_open")] = {.denied = 1};
  CHECK(answer_to(profile_of(record).expanded, "mq_open") == errno_answer(38));
}

TEST_CASE("a call without a name is told, since no profile can allow it") {
  Record record = record_of({"accept4"});
  container_of(record).calls[{kX86_64, 1000}] = {.count = 1};
  container_of(record).calls[{0x1234, 5}] = {.count = 1};
  CHECK(profile_of(record).notes ==
        std::vector<std::string>{
            "call 5 on arch 0x1234 was recorded and has no name: no profile can allow it",
            "call 1000 on x86_64 was recorded and has no name: no profile can allow it"});
}

TEST_CASE("a call that takes a capability is allowed to containers that had it") {
  constexpr std::uint64_t kSysChroot = std::uint64_t{1} << 18;
  Record record = record_of({"chroot"});
  const auto without = profile_of(record);
  CHECK(answer_to(without.expanded, "chroot") == errno_answer(1));
  CHECK(without.notes ==
        std::vector<std::string>{"chroot was recorded and stays denied, as the fallback denies it: "
                                 "it allows it with CAP_SYS_CHROOT (--cap)"});
  container_of(record).capabilities = kSysChroot;
  const auto with = profile_of(record);
  CHECK(answer_to(with.expanded, "chroot") == kAllow);
  CHECK(with.notes.empty());
}

TEST_CASE("without joins a call that only exec made is left out") {
  Record record = record_of({"accept4", "mq_open"});
  container_of(record).calls[call_named("mq_open")].by_exec = 1;
  CHECK(answer_to(profile_of(record).expanded, "mq_open") == kAllow);
  ProfileRequest request = kRequest;
  request.joins = Joins::left_out;
  CHECK(answer_to(profile_of(record, request).expanded, "mq_open") == errno_answer(38));
}

TEST_CASE("a record without calls makes no profile") {
  const auto made = make_profile({.name = "web"}, kRequest);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == base::ErrorCode::usage);
  CHECK_THAT(made.error().sentence(), Catch::Contains("the record 'web' has no calls yet"));
}

TEST_CASE("without the fallback as its base a profile allows the recorded calls whole") {
  ProfileRequest request = kRequest;
  request.base = BaseProfile::none;
  const auto made = profile_of(record_of({"clone", "chroot"}), request);
  CHECK(answer_to(made.expanded, "clone", 0x10000000) == kAllow);
  CHECK(answer_to(made.expanded, "chroot") == kAllow);
  CHECK(answer_to(made.expanded, "mq_open") == errno_answer(38));
}

TEST_CASE(
    "a profile of a server and of a 32-bit program loads, though libseccomp sees socketcall") {
  Record record = record_of({"socket"});
  container_of(record).calls[call_named("getppid", SeccompArch::x86)] = {
      .count = 1, .first = 1'000, .last = 2'000};
  const auto made = profile_of(record);
  for (const auto& profile : {made.expanded, policy::expand(made.open, {.kernel = {6, 1}})}) {
    CHECK(answer_to(profile, "socket", 2) == kAllow);
    CHECK(answer_to(profile, "socketcall", 1, 0, SeccompArch::x86) == errno_answer(1));
  }
}

// ---- arguments
// ------------------------------------------------------------------------------------

Record record_with_families(std::map<std::uint64_t, std::uint64_t> families, std::uint64_t count) {
  Record record = record_of({"socket"});
  container_of(record).calls[call_named("socket")].count = count;
  container_of(record).arguments[{call_named("socket"), 0}] = {.counts = std::move(families)};
  return record;
}

RecordedProfile with_arguments_of(const Record& record) {
  ProfileRequest request = kRequest;
  request.arguments = true;
  return profile_of(record, request);
}

TEST_CASE("values that were seen become conditions, within those of the fallback") {
  const auto made = with_arguments_of(record_with_families({{1, 1}, {2, 2}, {40, 1}}, 4));
  CHECK(answer_to(made.expanded, "socket", 1) == kAllow);
  CHECK(answer_to(made.expanded, "socket", 2) == kAllow);
  CHECK(answer_to(made.expanded, "socket", 0xffffffff00000002) == kAllow);
  CHECK(answer_to(made.expanded, "socket", 10).action == oci_config::SeccompAction::return_errno);
  CHECK(answer_to(made.expanded, "socket", 40) == errno_answer(97));
  CHECK(made.notes.empty());
}

TEST_CASE("a call of which not every value was seen keeps them all") {
  const auto made = with_arguments_of(record_with_families({{1, 1}}, 2));
  CHECK(answer_to(made.expanded, "socket", 10) == kAllow);
  CHECK_THAT(base::join(made.notes, "\n"),
             Catch::Contains("socket keeps all its families: not every one was seen"));
}

TEST_CASE("a call with many values keeps them all") {
  Record record = record_of({"ioctl"});
  SeenValues& seen = container_of(record).arguments[{call_named("ioctl"), 1}];
  for (std::uint64_t value = 0; value <= kMostConditions; ++value) seen.counts[value] = 1;
  container_of(record).calls[call_named("ioctl")].count = kMostConditions + 1;
  const auto made = with_arguments_of(record);
  CHECK(answer_to(made.expanded, "ioctl", 99, 1) == kAllow);
  CHECK(made.notes ==
        std::vector<std::string>{"ioctl keeps all its requests: 17 were seen, more than 16"});
}

TEST_CASE("a runtime keeps the options of prctl that it starts a container with") {
  constexpr std::uint64_t kSetTimerSlack = 29, kNoNewPrivs = 38, kSetPtracer = 0x59616d61;
  Record record = record_of({"prctl"});
  container_of(record).arguments[{call_named("prctl"), 0}] = {.counts = {{kSetTimerSlack, 1}}};
  const auto made = with_arguments_of(record);
  CHECK(answer_to(made.expanded, "prctl", kSetTimerSlack) == kAllow);
  CHECK(answer_to(made.expanded, "prctl", kNoNewPrivs) == kAllow);
  CHECK(answer_to(made.expanded, "prctl", kSetPtracer) == errno_answer(38));
}

TEST_CASE("what only a runtime asks for gets no other arguments") {
  const auto made = with_arguments_of(record_of({"accept4"}));
  CHECK(answer_to(made.expanded, "prctl", 38) == kAllow);
  CHECK(answer_to(made.expanded, "prctl", 29) == errno_answer(38));
  CHECK(answer_to(made.expanded, "clone", 0x11) == kAllow);
  CHECK(made.notes.empty());
}

Record record_with_clone3(std::uint64_t flags, std::uint64_t count = 1) {
  Record record = record_of({"accept4", "clone3"});
  container_of(record).capabilities = oci_config::CapabilityMask{1} << 21;  // CAP_SYS_ADMIN
  container_of(record).calls[call_named("clone3")].count = 1;
  container_of(record).arguments[{call_named("clone3"), 0}] = {.counts = {{flags, count}}};
  return record;
}

TEST_CASE("the flags of clone3 become conditions of clone, which C libraries use instead") {
  const auto made = with_arguments_of(record_with_clone3(0x1'0000'4100));  // CLONE_CLEAR_SIGHAND
  CHECK(answer_to(made.expanded, "clone3") == errno_answer(38));
  CHECK(answer_to(made.expanded, "clone", 0x4111) == kAllow);
  CHECK(answer_to(made.expanded, "clone", 0x10004111) == errno_answer(38));
  CHECK_THAT(base::join(made.notes, "\n"), Catch::Contains("clone3 is answered with ENOSYS"));
}

TEST_CASE("clone3 stays whole where clone cannot do what was seen, or not all was seen") {
  constexpr std::uint64_t kIntoCgroup = 0x2'0000'0000;
  const auto beyond = with_arguments_of(record_with_clone3(kIntoCgroup));
  CHECK(answer_to(beyond.expanded, "clone3") == kAllow);
  CHECK_THAT(base::join(beyond.notes, "\n"), Catch::Contains("clone has not all of those"));
  const auto unseen = with_arguments_of(record_with_clone3(0, 2));
  CHECK(answer_to(unseen.expanded, "clone3") == kAllow);
  CHECK(base::join(unseen.notes, "\n") == "clone3 keeps all its flags: not every one was seen");
}

TEST_CASE("values of 32-bit calls become conditions, too, beside the fallback's own answers") {
  Record record = record_with_families({{1, 1}}, 1);
  const CallKey socket_32 = call_named("socket", SeccompArch::x86);
  container_of(record).calls[socket_32] = {.count = 3, .first = 1'000, .last = 2'000};
  container_of(record).arguments[{socket_32, 0}] = {.counts = {{1, 2}, {2, 1}}};
  const auto made = with_arguments_of(record);
  CHECK(made.notes.empty());
  for (const SeccompArch arch : {SeccompArch::x86_64, SeccompArch::x86}) {
    CHECK(answer_to(made.expanded, "socket", 2, 0, arch) == kAllow);
    CHECK(answer_to(made.expanded, "socket", 10, 0, arch) == errno_answer(38));
    CHECK(answer_to(made.expanded, "socket", 40, 0, arch) == errno_answer(97));
  }
}

TEST_CASE("containers that were recorded without arguments are told") {
  Record record = record_with_families({{1, 1}}, 1);
  record.containers[{5'000, "c2"}] = {.how = How::log};
  CHECK_THAT(base::join(with_arguments_of(record).notes, "\n"),
             Catch::Contains("1 container was recorded by a log, which has no arguments"));
}

// ---- documents
// ------------------------------------------------------------------------------------

TEST_CASE("the same record gives the same bytes, and they say how they were made") {
  const Record record = record_of({"accept4", "clone"});
  const auto again = parse_record(to_json(record), "record").value();
  for (const ProfileFormat format : kProfileFormats) {
    CHECK(to_document(record, profile_of(record), format) ==
          to_document(again, profile_of(again), format));
  }
  const std::string_view how =
      "Made from the record 'web': 1 container from 1970-01-01 00:00:01 to 1970-01-01 00:01:01 UTC";
  CHECK_THAT(to_document(record, profile_of(record), ProfileFormat::docker),
             Catch::Contains(std::string(how)));
  CHECK_THAT(to_document(record, profile_of(record), ProfileFormat::spo),
             Catch::Contains(std::string(how)));
}

TEST_CASE("each format is read as a profile again") {
  const Record record = record_of({"accept4", "clone"});
  const auto made = profile_of(record);
  for (const ProfileFormat format : {ProfileFormat::oci, ProfileFormat::docker}) {
    const auto read =
        oci_config::parse_seccomp_profile(to_document(record, made, format), "profile");
    REQUIRE(read.has_value());
    CHECK(answer_to(policy::expand(*read, {.kernel = {6, 1}}), "accept4") == kAllow);
  }
}

TEST_CASE("a profile for the Security Profiles Operator answers as the others, in its own form") {
  const Record record = record_of({"accept4"});
  const std::string text = to_document(record, profile_of(record), ProfileFormat::spo);
  const auto document = oci_config::JsonDocument::parse(text, {});
  REQUIRE(document.has_value());
  CHECK(document->find("/kind")->string() == "SeccompProfile");
  CHECK(document->find("/metadata/name")->string() == "web");
  CHECK_FALSE(document->find("/spec/defaultErrnoRet").has_value());
  const auto spec = oci_config::read_seccomp_profile(*document->find("/spec"));
  REQUIRE(spec.has_value());
  CHECK(answer_to(*spec, "accept4") == kAllow);
  CHECK(answer_to(*spec, "mq_open") == errno_answer(38));
}

TEST_CASE("a record with losses says so in the profile") {
  Record record = record_of({"accept4"});
  container_of(record).losses.audit_lost = 3;
  CHECK_THAT(to_document(record, profile_of(record), ProfileFormat::docker),
             Catch::Contains("; incomplete: 3 records of the kernel that did not arrive"));
}

// ---- against the fallback
// -------------------------------------------------------------------------

AgainstFallback compared(const Record& record, const ProfileRequest& request = kRequest) {
  const auto against = compare_with_fallback(profile_of(record, request).expanded,
                                             fallback_for(record, request), request.native);
  REQUIRE(against.has_value());
  return *against;
}

TEST_CASE("a profile made of a record allows nothing that the fallback does not") {
  const AgainstFallback against = compared(record_of({"accept4", "clone", "socket", "chroot"}));
  CHECK_FALSE(against.is_looser);
  CHECK(against.allows_more == "allows nothing that runtime/default does not");
  CHECK_THAT(against.taken_away, Catch::Matches("takes away [0-9]+ of the [0-9]+ calls that "
                                                "runtime/default allows on x86_64; all of x86; "
                                                "all of x32"));
}

TEST_CASE("conditions on arguments are told as something that is taken away") {
  ProfileRequest request = kRequest;
  request.arguments = true;
  CHECK_THAT(compared(record_with_families({{1, 1}}, 1), request).taken_away,
             Catch::Contains("; some arguments of prctl, socket;"));
}

TEST_CASE("a profile without the fallback as its base says what it allows beyond that") {
  ProfileRequest request = kRequest;
  request.base = BaseProfile::none;
  const AgainstFallback against = compared(record_of({"clone", "chroot"}), request);
  CHECK(against.is_looser);
  CHECK(against.allows_more ==
        "allows more than runtime/default: chroot on x86_64, clone on x86_64");
}

}  // namespace
}  // namespace bulkhead::record
