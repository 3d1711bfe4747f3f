#include "kernel/probes/audit_socket.h"

#include <catch2/catch.hpp>

namespace bulkhead::kernel {
namespace {

TEST_CASE("a command line that switches auditing off is known") {
  CHECK(is_audit_off("audit=0"));
  CHECK(is_audit_off("root=/dev/vda1 audit=off quiet\n"));
  CHECK(is_audit_off("quiet\taudit=0\n"));
  CHECK(is_audit_off("audit=OFF"));
}

TEST_CASE("the last word about auditing counts") {
  CHECK(is_audit_off("audit=1 audit=0"));
  CHECK_FALSE(is_audit_off("audit=0 audit=1"));
  CHECK_FALSE(is_audit_off("audit=off audit=on"));
}

TEST_CASE("what only looks like it is no word about auditing") {
  CHECK_FALSE(is_audit_off(""));
  CHECK_FALSE(is_audit_off("ro quiet"));
  CHECK_FALSE(is_audit_off("audit"));
  CHECK_FALSE(is_audit_off("xaudit=0 audit_backlog_limit=0 audit=00"));
  CHECK_FALSE(is_audit_off("quiet -- audit=0"));
}

}  // namespace
}  // namespace bulkhead::kernel
