#include "record/values/trial.h"

#include <catch2/catch.hpp>

#include "kernel/filters/seccomp_compiler.h"
#include "policy/fallback/runtime_default.h"
#include "policy/syscalls/syscalls.h"
#include "record/profiles/profile.h"
#include "record/values/record_json.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

using oci_config::SeccompAction;
using oci_config::SeccompArch;

policy::FilterProgram fallback_program() {
  return kernel::compile_seccomp(policy::runtime_default_for({.kernel = {6, 1}})).value();
}

SeccompAction answer_to(const policy::FilterProgram& program, std::string_view call,
                        std::uint64_t argument = 0) {
  policy::SyscallEvent event{.nr = *policy::syscall_number(SeccompArch::x86_64, call),
                             .arch = kX86_64};
  event.args[0] = argument;
  return policy::evaluate(program, event).action;
}

TEST_CASE("a trial lets every call through, and has those logged that the profile would deny") {
  const auto program = observing(fallback_program()).value();
  CHECK(only_observes(program));
  CHECK(answer_to(program, "read") == SeccompAction::allow);
  CHECK(answer_to(program, "mount") == SeccompAction::log);
  CHECK(answer_to(program, "clone", 0x11) == SeccompAction::allow);
  CHECK(answer_to(program, "clone", 0x10000000) == SeccompAction::log);
}

TEST_CASE("a program that denies something is no trial's") {
  CHECK_FALSE(only_observes(fallback_program()));
  CHECK_FALSE(only_observes({}));
  constexpr std::uint16_t kReturnAccumulator = 0x16;
  CHECK_FALSE(only_observes({{.code = kReturnAccumulator}}));
  CHECK_FALSE(observing({{.code = kReturnAccumulator}}).has_value());
}

Record trial_record() {
  Record record = sample_record();
  record.trial = {.profile = "web.json", .program = observing(fallback_program()).value()};
  return record;
}

TEST_CASE("a trial is kept with its record, and an imported one cannot deny anything") {
  const std::string text = to_json(trial_record());
  CHECK(parse_record(text, "web").value() == trial_record());
  constexpr std::string_view kDeny = R"([6,0,0,327681]]}})";
  const std::size_t end = text.rfind("]]}}");
  REQUIRE(end != std::string::npos);
  const auto read =
      parse_record(text.substr(0, text.rfind('[')) + std::string(kDeny) + "\n", "web");
  REQUIRE_FALSE(read.has_value());
  CHECK_THAT(read.error().sentence(), Catch::Contains("/trial (line 1): a trial's program"));
}

TEST_CASE("no profile is made of a trial") {
  const auto made = make_profile(trial_record(), {.kernel = {6, 1}});
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().sentence() ==
        "the record 'web' is a trial of 'web.json': it has only what that would deny; make the "
        "profile of a record that `bulkhead record start` began");
}

}  // namespace
}  // namespace bulkhead::record
