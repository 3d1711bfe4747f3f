#include "cli/names/containers.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/process_stat.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

audit::ContainerRecord record(const std::string& id, const std::string& pod,
                              const std::string& container) {
  audit::ContainerRecord made;
  made.identity = {.id = id, .namespace_ = "shop", .pod = pod, .container = container};
  return made;
}

const std::vector<audit::ContainerRecord> kRecords = {record("aaaa1111", "web", "app"),
                                                      record("aaaa2222", "web", "proxy"),
                                                      record("bbbb3333", "db", "db")};

std::string found(const std::string& name) {
  const auto container = find_container(kRecords, name);
  return container ? container->identity.id : container.error().message;
}

}  // namespace

TEST_CASE("a container is found by id, by the beginning of its id, by name and by pod") {
  CHECK(found("aaaa1111") == "aaaa1111");
  CHECK(found("bbbb") == "bbbb3333");
  CHECK(found("proxy") == "aaaa2222");
  CHECK(found("shop/web/app") == "aaaa1111");
  CHECK(found("shop/db") == "bbbb3333");
}

TEST_CASE("a container is meant by every name that people have for it, and by no other") {
  const policy::Identity identity{
      .id = "4f1c2ab3", .namespace_ = "shop", .pod = "web", .container = "app"};
  for (const char* name : {"4f1c2ab3", "4f1c", "app", "web", "shop/web", "shop/web/app"}) {
    CHECK(means(name, identity));
  }
  for (const char* name : {"", "4f1", "we", "shop", "shop/web/other", "4f1c2ab3x"}) {
    CHECK_FALSE(means(name, identity));
  }
  CHECK_FALSE(means("", policy::Identity{}));
}

TEST_CASE("a pod is meant by its name alone, and its pause container only where nothing else is") {
  CHECK(found("web") == "'web' means several containers: aaaa1111, aaaa2222");
  std::vector<audit::ContainerRecord> records = {record("aaaa1111", "shop", "app"),
                                                 record("cccc4444", "shop", "")};
  records[1].identity.kind = policy::ContainerKind::sandbox;
  CHECK(find_container(records, "shop")->identity.id == "aaaa1111");
  CHECK(find_container({records[1]}, "shop")->identity.id == "cccc4444");
}

TEST_CASE("a container is found and shown by what its engine calls it") {
  audit::EngineNames names;
  names.add("bbbb3333", "brave_hopper");
  CHECK(find_container(kRecords, "brave_hopper", names)->identity.id == "bbbb3333");
  CHECK(display_name({.id = "4f1c"}, "brave_hopper") == "brave_hopper");
  CHECK(display_name({.id = "4f1c"}, "\x1b[31m") == "'\\x1b[31m'");
  const WantedContainers wanted{"brave_hopper", names.ids_of("brave_hopper")};
  CHECK(wanted.contain(kRecords[2].identity));
  CHECK_FALSE(wanted.contain(kRecords[0].identity));
  CHECK(WantedContainers{}.contain(kRecords[0].identity));
}

TEST_CASE("a name of several containers is not guessed") {
  CHECK(found("aaaa") == "'aaaa' means several containers: aaaa1111, aaaa2222");
  CHECK(found("shop/web") == "'shop/web' means several containers: aaaa1111, aaaa2222");
}

TEST_CASE("an id of two containers is not guessed, and what tells them apart names them") {
  std::vector<audit::ContainerRecord> records = {record("web", "", ""), record("web", "", ""),
                                                 record("web", "", ""), record("db", "", "")};
  records[0].identity.runtime_root = "/run/a";
  records[1].identity.runtime_root = "/run/b";
  records[2].bundle = "/run/task/web";  // a hook, which knows no root, saw it
  const auto container = find_container(records, "web");
  REQUIRE_FALSE(container);
  CHECK(
      container.error().sentence() ==
      "'web' means several containers: /run/a/web, /run/b/web, /run/task/web; name one of them as "
      "it stands here");
  CHECK(names_of(records) ==
        std::vector<std::string>{"/run/a/web", "/run/b/web", "/run/task/web", "db"});
  CHECK(*find_container(records, "/run/a/web") == records[0]);
  CHECK(*find_container(records, "/run/b/web") == records[1]);
  CHECK(*find_container(records, "/run/task/web") == records[2]);
  CHECK(*find_container(records, "db") == records[3]);
  CHECK(means("/run/a/web", records[0].identity));
  CHECK_FALSE(means("/run/a/web", records[1].identity));
}

TEST_CASE("of two containers of one name that which runs is meant") {
  std::vector<audit::ContainerRecord> records = {record("web", "", ""), record("web", "", "")};
  records[0].identity.runtime_root = "/run/a";
  records[1].identity.runtime_root = "/run/b";
  records[0].pid = records[1].pid = ::getpid();
  records[0].start_time = 1;  // not this process, which has its number
  records[1].start_time = base::read_process_stat(::getpid())->start_time;
  CHECK(*find_container(records, "web") == records[1]);
  records[1].start_time = 2;
  CHECK_FALSE(find_container(records, "web"));
}

TEST_CASE("a name of no container says what to ask") {
  const auto container = find_container(kRecords, "nothing");
  REQUIRE_FALSE(container);
  CHECK(container.error().code == base::ErrorCode::usage);
  CHECK(
      container.error().sentence() ==
      "there is no container 'nothing' that Bulkhead started; `bulkhead ps` lists them; --pid asks "
      "about any process");
  CHECK(found("shop/wbe/app") ==
        "there is no container 'shop/wbe/app' that Bulkhead started; did you mean 'shop/web/app'?");
  CHECK_FALSE(find_container(kRecords, "bbb"));  // too short to be the beginning of an id
}

TEST_CASE("names are shown as people say them, and quoted when they are strange") {
  CHECK(display_name({.namespace_ = "shop", .pod = "web", .container = "app"}) == "shop/web/app");
  CHECK(display_name({.container = "db"}) == "db");
  CHECK(display_name({.container = "a b\x1b"}) == "'a b\\x1b'");
  CHECK(display_name({}).empty());
  CHECK(display_name({.namespace_ = "a\x1b", .pod = "b", .container = "c"}) == "'a\\x1b/b/c'");
  CHECK(short_id("0123456789abcdef") == "0123456789ab");
  CHECK(short_id("a\nb") == "'a\\nb'");
}

TEST_CASE("age is told in one unit") {
  const std::time_t now = 1'700'000'000;  // 2023-11-14T22:13:20Z
  CHECK(age("2023-11-14T22:12:38.123Z", now) == "42s");
  CHECK(age("2023-11-14T22:03:20Z", now) == "10m");
  CHECK(age("2023-11-14T12:13:20Z", now) == "10h");
  CHECK(age("2023-11-01T22:13:20Z", now) == "13d");
  CHECK(age("2023-11-14T23:13:20Z", now) == "0s");
  CHECK(age("yesterday", now) == "?");
}

TEST_CASE("the command of a process is read, and one of none is a question mark") {
  CHECK(command_of(::getpid(), "/proc") == "unit-cli");
  CHECK(command_of(-1, "/proc") == "?");
}
