#include "record/keeping/record_filter.h"

#include <linux/audit.h>

#include <catch2/catch.hpp>

using namespace bulkhead;
using namespace bulkhead::record;
using oci_config::SeccompAction;

namespace {

SeccompAction answer(const policy::FilterProgram& filter, std::uint32_t arch, std::uint32_t nr) {
  return policy::evaluate(filter, {.nr = nr, .arch = arch}).action;
}

}  // namespace

TEST_CASE("beside a count, calls of another ABI are logged, and native ones are not") {
  const auto filter = foreign_calls_filter(AUDIT_ARCH_X86_64);
  REQUIRE(policy::check_program(filter));
  CHECK(policy::lets_everything_pass(filter));
  CHECK(answer(filter, AUDIT_ARCH_X86_64, 20) == SeccompAction::allow);
  CHECK(answer(filter, AUDIT_ARCH_I386, 20) == SeccompAction::log);
}

TEST_CASE("a call that the record has is not logged again, any other one is") {
  const std::set<CallKey> known = {{AUDIT_ARCH_X86_64, 0},
                                   {AUDIT_ARCH_X86_64, 1},
                                   {AUDIT_ARCH_X86_64, 231},
                                   {AUDIT_ARCH_I386, 20},
                                   {AUDIT_ARCH_X86_64, UINT32_MAX}};
  const auto filter = unknown_calls_filter(known);
  REQUIRE(policy::check_program(filter));
  CHECK(policy::lets_everything_pass(filter));
  for (const std::uint32_t nr : {0U, 1U, 231U}) {
    CHECK(answer(filter, AUDIT_ARCH_X86_64, nr) == SeccompAction::allow);
  }
  for (const std::uint32_t nr : {2U, 20U, 230U, 232U, UINT32_MAX}) {
    CHECK(answer(filter, AUDIT_ARCH_X86_64, nr) == SeccompAction::log);
  }
  CHECK(answer(filter, AUDIT_ARCH_I386, 20) == SeccompAction::allow);
  CHECK(answer(filter, AUDIT_ARCH_I386, 0) == SeccompAction::log);
  CHECK(answer(filter, 12345, 0) == SeccompAction::log);
}

TEST_CASE("a record without calls has every call logged") {
  const auto filter = unknown_calls_filter({});
  REQUIRE(policy::check_program(filter));
  CHECK(answer(filter, AUDIT_ARCH_X86_64, 0) == SeccompAction::log);
}

TEST_CASE("a record with more calls than a filter can hold still gets one that the kernel loads") {
  std::set<CallKey> known;
  for (std::uint32_t i = 0; i < 4000; ++i) known.insert({AUDIT_ARCH_X86_64 + i % 2, 2 * i});
  const auto filter = unknown_calls_filter(known);
  CHECK(filter.size() <= 4096);
  REQUIRE(policy::check_program(filter));
  CHECK(policy::lets_everything_pass(filter));
  CHECK(answer(filter, AUDIT_ARCH_X86_64, 0) == SeccompAction::allow);
  CHECK(answer(filter, AUDIT_ARCH_X86_64, 7999) == SeccompAction::log);
}
