#include "record/profiles/apparmor_profile.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "policy/advice/apparmor_lint.h"
#include "record/profiles/apparmor_rules.h"
#include "record/profiles/file_rules.h"
#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

using Rules = std::set<std::string>;
const policy::AppArmorDialect kDialect{.abi = "abi/3.0", .rules_of_4_0 = false};

Record record_of(const std::vector<Access>& accesses) {
  Record record = sample_record();
  record.earlier = {};
  record.containers.begin()->second.accesses = {};
  for (const Access& access : accesses) {
    add_access(record.containers.begin()->second, access, {.count = 1});
  }
  return record;
}

std::string profile_of(const Record& record) {
  const auto text = apparmor_profile_of(record, "k8s-web", kDialect);
  REQUIRE(text.has_value());
  return *text;
}

AppArmorRules rules_of(const Access& access) {
  return apparmor_rules_of({{access, AccessUse{.count = 1}}}, "k8s-web");
}

TEST_CASE("a profile of a record has its rules, and what the fallback denies on top") {
  const std::string text = profile_of(sample_record());
  CHECK(text.starts_with("# Made from the record 'web': "));
  CHECK_THAT(text, Catch::Contains("\nabi <abi/3.0>,\ninclude <tunables/global>\n"));
  CHECK_THAT(text, Catch::Contains("profile k8s-web flags=(attach_disconnected,mediate_deleted)"));
  CHECK_THAT(text, Catch::Contains("  capability net_bind_service,\n"));
  CHECK_THAT(text, Catch::Contains("  /etc/passwd r,\n"));
  CHECK_THAT(text, Catch::Contains("  owner /tmp/\\012\xff rw,\n") ||
                       Catch::Contains("  owner \"/tmp/\\012\xff\" rw,\n"));
  CHECK_THAT(text, Catch::Contains("  link \"/a b\" -> /c,\n"));
  CHECK_THAT(text, Catch::Contains("  signal (receive) peer=unconfined,\n"));
  CHECK_THAT(text, Catch::Contains("  audit deny mount,\n}\n"));
  CHECK(text.find("\n  deny ") == std::string::npos);
}

TEST_CASE("lint finds nothing in a profile of a record") {
  CHECK(policy::lint_apparmor(profile_of(sample_record()), "k8s-web", "k8s-web").empty());
}

TEST_CASE("the same record gives the same profile") {
  CHECK(profile_of(sample_record()) == profile_of(sample_record()));
  const Record merged = merge(sample_record(), sample_record());
  CHECK(profile_of(merged) == profile_of(sample_record()));
}

TEST_CASE("no name that was recorded leaves its rule or its comment") {
  Record record = record_of(
      {{.object = "/a,\n  /** rwx,", .permission = "r"},
       {.kind = AccessKind::other, .object = "x\n  file,"},
       {.kind = AccessKind::capability, .object = "chown,\n  file"},
       {.kind = AccessKind::network, .object = "inet,\n  file"},
       {.kind = AccessKind::signal, .object = "p,\n  file", .detail = "term", .permission = "send"},
       {.kind = AccessKind::mount, .object = "/m\n  file,", .detail = "umount"}});
  record.containers.begin()->second.kernel = "6.1\n  file,";
  for (const auto& line :
       policy::rules_of(policy::profiles_defined_in(profile_of(record))[0], profile_of(record))) {
    CHECK(line.text != "file");
    CHECK(line.text != "/** rwx");
  }
}

TEST_CASE("signals and tracing name the profile itself for the container's own processes") {
  CHECK(rules_of({.kind = AccessKind::signal, .detail = "term", .permission = "send"}).peers ==
        Rules{"signal (send) set=(term) peer=k8s-web"});
  CHECK(rules_of({.kind = AccessKind::ptrace, .object = "a b", .permission = "read"}).peers ==
        Rules{"ptrace (read) peer=\"a b\""});
  CHECK(rules_of({.kind = AccessKind::signal,
                  .object = "unconfined",
                  .detail = "term",
                  .permission = "receive"})
            .peers.empty());
}

TEST_CASE("sockets have a rule for their family and type") {
  CHECK(rules_of({.kind = AccessKind::network, .object = "inet6", .detail = "dgram"}).sockets ==
        Rules{"network inet6 dgram"});
  CHECK(rules_of({.kind = AccessKind::unix_socket, .object = "stream"}).sockets ==
        Rules{"unix type=stream"});
  CHECK(rules_of({.kind = AccessKind::network, .object = "alg", .detail = "seqpacket"}).left_out ==
        Rules{"network 'alg' 'seqpacket'"});
}

TEST_CASE("a mount is left for a person to decide, and an unmount is allowed as it is today") {
  CHECK(rules_of({.kind = AccessKind::mount, .object = "/m/", .detail = "mount"}).left_out ==
        Rules{"mount '/m/' 'mount'"});
  CHECK(rules_of({.kind = AccessKind::mount, .object = "/m/", .detail = "umount"}).unmounts ==
        Rules{"umount /m/"});
}

TEST_CASE("what the profile in force denied is told, and denied where a glob would allow it") {
  Record record = record_of({});
  RecordedContainer& container = record.containers.begin()->second;
  for (std::size_t i = 0; i < kManySiblings; ++i) {
    add_access(container,
               {.object = base::cat("/data/d/", std::string(i + 1, 'a')), .permission = "r"},
               {.count = 1});
  }
  add_access(container, {.object = "/data/d/key", .permission = "r"}, {.denied = 1});
  add_access(container, {.object = "/data/d/key", .permission = "w"}, {.denied = 1});
  add_access(container, {.kind = AccessKind::capability, .object = "chown"}, {.denied = 3});
  add_access(container, {.kind = AccessKind::capability, .object = "kill"},
             {.count = 1, .denied = 3});
  const std::string text = profile_of(record);
  CHECK_THAT(text, Catch::Contains("  /data/d/* r,\n") &&
                       Catch::Contains("  audit deny /data/d/key r,\n") &&
                       !Catch::Contains("/data/d/key w,"));
  CHECK_THAT(text, Catch::Contains("left out, since the profile in force denied it:\n"
                                   "  #   capability 'chown'\n  #   file '/data/d/key' 'r'\n"));
  CHECK_THAT(text, Catch::Contains("  capability kill,\n") && !Catch::Contains("capability chown"));
  CHECK(policy::lint_apparmor(text, "k8s-web", "k8s-web").empty());
}

TEST_CASE("what the profile in force denied is not allowed by abstractions/base either") {
  const Access stop{.kind = AccessKind::signal, .detail = "stop", .permission = "send"};
  const Access stream{.kind = AccessKind::unix_socket, .object = "stream"};
  Record record = record_of({{.object = "/data", .permission = "r"}});
  RecordedContainer& container = record.containers.begin()->second;
  for (const Access& access : {stop, stream}) add_access(container, access, {.denied = 1});
  CHECK_THAT(profile_of(record), !Catch::Contains("audit deny signal"));
  add_access(container, {.object = "/etc/ld.so.cache", .permission = "r"}, {.count = 1});
  const std::string text = profile_of(record);
  CHECK_THAT(text, Catch::Contains("  include <abstractions/base>\n") &&
                       Catch::Contains("  audit deny signal (send) set=(stop) peer=k8s-web,\n") &&
                       Catch::Contains("  audit deny network unix stream,\n"));
  CHECK(policy::lint_apparmor(text, "k8s-web", "k8s-web").empty());
}

TEST_CASE("a record without AppArmor, and a name that needs quotes, make no profile") {
  const auto nothing = apparmor_profile_of(record_of({}), "web", kDialect);
  REQUIRE_FALSE(nothing.has_value());
  CHECK_THAT(nothing.error().sentence(), Catch::Contains("'web' has nothing of AppArmor"));
  for (const std::string_view name : {"", "a b", "a{", ".hidden", "-x"}) {
    const auto refused = apparmor_profile_of(sample_record(), name, kDialect);
    REQUIRE_FALSE(refused.has_value());
    CHECK_THAT(refused.error().sentence(), Catch::Contains("is no name for the profile"));
  }
}

}  // namespace
}  // namespace bulkhead::record
