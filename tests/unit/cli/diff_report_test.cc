#include "cli/filters/diff_report.h"

#include <catch2/catch.hpp>
#include <string>

using namespace bulkhead;
using namespace bulkhead::cli;
using oci_config::SeccompArch;

namespace {

FilterSource profile(const std::string& title, const std::string& rules) {
  const auto read = oci_config::parse_seccomp_profile(
      R"({"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
          "syscalls": [)" +
          rules + "]}",
      title);
  REQUIRE(read);
  return {.title = title, .profile = *read};
}

std::string differences(const FilterSource& a, const FilterSource& b) {
  const auto comparison = policy::compare(programs_of(a).value(), programs_of(b).value());
  REQUIRE(comparison);
  Output output;
  write_diff_text(diff_view(a, b, *comparison, SeccompArch::x86_64), output);
  return output.buffer();
}

const std::string kReads = R"({"names": ["read", "socketcall"], "action": "SCMP_ACT_ALLOW"})";

}  // namespace

TEST_CASE("what all architectures answer alike is one row, the machine's own first") {
  const std::string text = differences(
      profile("less", kReads), profile("more", kReads + R"(,{"names": ["mount", "ipc", "clone"],
                                              "action": "SCMP_ACT_ALLOW"})"));
  CHECK_THAT(text, Catch::Contains("ERRNO(EPERM)  ALLOW  x86_64 x86  clone mount\n"
                                   "ERRNO(EPERM)  ALLOW  x86         ipc\n"));
}

TEST_CASE("numbers without a name are one entry, behind the names, and so are other machines") {
  const std::string text =
      differences({.title = "unconfined", .profile = {}}, profile("a", kReads));
  CHECK_THAT(text, Catch::Contains("(numbers without a name)\n"));
  CHECK_THAT(text, !Catch::Contains("numbers 4"));
  CHECK_THAT(text, Catch::Contains("others          (calls of other architectures)"));
  CHECK_THAT(text, !Catch::Contains("aarch64"));
}

TEST_CASE("an argument that tells two filters apart has its name") {
  const std::string text = differences(
      profile("a", kReads + R"(,{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
          {"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}]})"),
      profile("b", kReads));
  CHECK_THAT(text, Catch::Contains("socket(0, SOCK_RAW)"));
}
