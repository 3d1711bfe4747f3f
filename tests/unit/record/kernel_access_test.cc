#include "record/keeping/kernel_access.h"

#include <catch2/catch.hpp>

namespace bulkhead::record {
namespace {

using audit::AppArmorRecord;

AppArmorRecord about_file(std::string operation, std::string name, std::string mask) {
  return {.operation = std::move(operation),
          .profile = "rec-web-1",
          .name = std::move(name),
          .denied = std::move(mask)};
}

std::vector<std::string> permissions_of(const AppArmorRecord& facts) {
  std::vector<std::string> permissions;
  for (const Access& access : accesses_of(facts)) permissions.push_back(access.permission);
  return permissions;
}

TEST_CASE("only records of a recording profile belong to a record") {
  const std::string space = "root//bulkhead-record";
  CHECK(recorder_of({.profile = "rec-web-1", .space = space}) == "rec-web-1");
  CHECK(recorder_of({.profile = "rec-web-1//null-/bin/sh", .space = space}) == "rec-web-1");
  CHECK_FALSE(recorder_of({.profile = "bulkhead-default"}));
  CHECK_FALSE(recorder_of({.profile = "my//rec-web-1", .space = space}));
  CHECK_FALSE(recorder_of({.profile = "rec-center"}));
  CHECK_FALSE(recorder_of({.profile = "rec-center", .space = "root//other"}));
  CHECK_FALSE(recorder_of({}));
}

TEST_CASE("making, removing and changing a file is writing it") {
  CHECK(permissions_of(about_file("mknod", "/a", "c")) == std::vector<std::string>{"w"});
  CHECK(permissions_of(about_file("rename_src", "/a", "wrd")) ==
        std::vector<std::string>{"w", "r"});
  CHECK(permissions_of(about_file("exec", "/bin/sh", "x")) == std::vector<std::string>{"x"});
  CHECK(permissions_of(about_file("file_lock", "/a", "wk")) == std::vector<std::string>{"w", "k"});
}

TEST_CASE("what the profile lacked counts, and all that was asked for where it allowed it") {
  AppArmorRecord record = about_file("open", "/a", "w");
  record.requested = "wr";
  CHECK(permissions_of(record) == std::vector<std::string>{"w"});
  record.denied.clear();
  CHECK(permissions_of(record) == std::vector<std::string>{"w", "r"});
}

TEST_CASE("which process it was is not kept of a path in /proc") {
  CHECK(accesses_of(about_file("open", "/proc/812/task/815/stat", "r"))[0].object ==
        "/proc/1/task/1/stat");
  CHECK(accesses_of(about_file("open", "/proc/812", "r"))[0].object == "/proc/1");
  CHECK(accesses_of(about_file("open", "/proc/812x/a", "r"))[0].object == "/proc/812x/a");
  CHECK(accesses_of(about_file("open", "/proc/sys/a", "r"))[0].object == "/proc/sys/a");
}

TEST_CASE("a process of the same container is told from others") {
  AppArmorRecord record{.operation = "signal",
                        .profile = "rec-web-1",
                        .denied = "send",
                        .peer = "rec-web-1",
                        .signal = "term"};
  CHECK(accesses_of(record) ==
        std::vector<Access>{{.kind = AccessKind::signal, .detail = "term", .permission = "send"}});
  record.peer = "bulkhead-default//&:bulkhead-record:rec-web-2";
  CHECK(accesses_of(record)[0].object == "bulkhead-default");
  record.peer = "rec-web-2";
  CHECK(accesses_of(record)[0].object == "rec-web-2");
  record.peer = "unconfined";
  CHECK(accesses_of(record)[0].object == "unconfined");
}

TEST_CASE("capabilities, sockets, links and mounts are accesses of their own kind") {
  CHECK(accesses_of(AppArmorRecord{.operation = "capable", .capability = "chown"})[0] ==
        Access{.kind = AccessKind::capability, .object = "chown"});
  CHECK(accesses_of(
            AppArmorRecord{.operation = "create", .family = "inet", .socket_type = "raw"})[0] ==
        Access{.kind = AccessKind::network, .object = "inet", .detail = "raw"});
  CHECK(accesses_of(
            AppArmorRecord{.operation = "create", .family = "unix", .socket_type = "dgram"})[0] ==
        Access{.kind = AccessKind::unix_socket, .object = "dgram"});
  CHECK(accesses_of(
            AppArmorRecord{.operation = "link", .name = "/a", .denied = "l", .target = "/b"})[0] ==
        Access{.kind = AccessKind::link, .object = "/a", .detail = "/b"});
  CHECK(accesses_of(AppArmorRecord{.operation = "mount", .name = "/mnt/"})[0] ==
        Access{.kind = AccessKind::mount, .object = "/mnt/", .detail = "mount"});
}

TEST_CASE("what has no kind is kept with its operation") {
  CHECK(accesses_of(AppArmorRecord{.operation = "change_profile", .name = "x"})[0] ==
        Access{.kind = AccessKind::other, .object = "change_profile", .detail = "x"});
  CHECK(accesses_of(about_file("open", "disconnected", "r"))[0].kind == AccessKind::other);
  CHECK(accesses_of(about_file("open", "/a", ""))[0].kind == AccessKind::other);
}

TEST_CASE("a line of the log tells the same accesses as its record") {
  const auto [facts] = GENERATE(table<AppArmorRecord>({
      {{.operation = "open", .profile = "web", .name = "/a, peer b", .denied = "wr"}},
      {{.operation = "capable", .profile = "web", .capability = "sys_admin"}},
      {{.operation = "create", .profile = "web", .family = "inet", .socket_type = "raw"}},
      {{.operation = "connect",
        .profile = "web",
        .family = "unix",
        .socket_type = "stream",
        .peer = "p, type dgram"}},
      {{.operation = "signal",
        .profile = "web//null-/bin/sh",
        .denied = "send",
        .peer = "web",
        .signal = "term"}},
      {{.operation = "signal",
        .profile = "web",
        .denied = "receive",
        .peer = "a, peer b",
        .signal = "kill"}},
      {{.operation = "ptrace", .profile = "web", .denied = "read", .peer = "x, signal y"}},
      {{.operation = "link",
        .profile = "web",
        .name = "/a",
        .denied = "l",
        .target = "/b, peer c"}},
      {{.operation = "mount", .profile = "web", .name = "/m", .filesystem = "tmpfs"}},
      {{.operation = "change_profile", .profile = "web", .name = "x"}},
  }));
  CAPTURE(facts.operation);
  audit::KernelDenial record;
  record.facts = facts;
  CHECK(accesses_of(audit::denial_of(record)) == accesses_of(facts));
}

TEST_CASE("a file's owner is told from other users") {
  CHECK(is_by_owner({.user = 33, .owner = 33}));
  CHECK_FALSE(is_by_owner({.user = 0, .owner = 33}));
  CHECK_FALSE(is_by_owner({}));
}

}  // namespace
}  // namespace bulkhead::record
