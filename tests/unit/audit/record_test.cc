#include "audit/records/record.h"

#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace bulkhead::audit {
namespace {

namespace fs = std::filesystem;

class StateDirectory {
 public:
  StateDirectory() {
    char path[] = "/tmp/bulkhead-state-XXXXXX";
    paths_.state = ::mkdtemp(path);
  }
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;
  ~StateDirectory() { fs::remove_all(paths_.state); }
  [[nodiscard]] const base::Paths& paths() const { return paths_; }
  [[nodiscard]] fs::path file(const std::string& name) const {
    return fs::path(paths_.state) / "containers" / name;
  }

 private:
  base::Paths paths_;
};

ContainerRecord sample(std::string id = "web-1") {
  ContainerRecord record;
  record.identity = {.engine = policy::Engine::containerd,
                     .kind = policy::ContainerKind::sandbox,
                     .id = std::move(id),
                     .namespace_ = "shop",
                     .pod = "web",
                     .pod_uid = "u",
                     .container = "app",
                     .image = "registry/web:1",
                     .privileged = true};
  record.state = RecordState::proved;
  record.time = "2026-01-01T00:00:01.000Z";
  record.created = "2026-01-01T00:00:00.000Z";
  record.source = "gate";
  record.pid = 42;
  record.start_time = 18446744073709551615U;
  record.cgroup = "/kubepods/\"x\"\n";
  record.seccomp = "runtime/default";
  record.seccomp_loader = kLoadedByGate;
  record.seccomp_proof = "same-program";
  record.no_new_privileges = true;
  record.stopped_us = 77;
  record.reasons = {{"seccomp", "because config.json asks for none", "the owner's words"}};
  return record;
}

}  // namespace

TEST_CASE("a record reads back as it was written") {
  const auto read = parse_record(to_json(sample()), "record");
  REQUIRE(read);
  CHECK(*read == sample());
}

TEST_CASE("an id that is no plain file name is hashed") {
  CHECK(record_file_name("web-1_A.b+c") == "web-1_A.b+c.json");
  const std::string hashed = record_file_name("../../etc/passwd");
  CHECK_THAT(hashed, Catch::StartsWith("sha256-") && Catch::EndsWith(".json"));
  CHECK(hashed.size() == 7 + 64 + 5);
  CHECK_THAT(record_file_name(".hidden"), Catch::StartsWith("sha256-"));
  CHECK_THAT(record_file_name(""), Catch::StartsWith("sha256-"));
  CHECK_THAT(record_file_name(std::string(201, 'a')), Catch::StartsWith("sha256-"));
  CHECK(record_file_name(std::string(200, 'a')).size() == 205);
}

TEST_CASE("a record is written, replaced, listed and removed") {
  const StateDirectory state;
  REQUIRE(write_record(state.paths(), sample("b")));
  ContainerRecord older = sample("a");
  older.created = "2025-01-01T00:00:00.000Z";
  REQUIRE(write_record(state.paths(), older));
  auto list = read_records(state.paths());
  REQUIRE(list);
  REQUIRE(list->records.size() == 2);
  CHECK(list->records[0].identity.id == "a");
  CHECK(remove_record(state.paths(), "a") == true);
  CHECK(remove_record(state.paths(), "a") == false);
  CHECK(read_records(state.paths())->records.size() == 1);
}

TEST_CASE("updating replaces what is there and brings nothing back") {
  const StateDirectory state;
  REQUIRE(write_record(state.paths(), sample()));
  ContainerRecord changed = sample();
  changed.seccomp = "changed";
  CHECK(update_record(state.paths(), changed) == true);
  CHECK(read_records(state.paths())->records.at(0).seccomp == "changed");
  REQUIRE(remove_record(state.paths(), "web-1"));
  CHECK(update_record(state.paths(), changed) == false);
  CHECK(fs::is_empty(state.file("")));
}

TEST_CASE("no directory holds no records") {
  base::Paths paths;
  paths.state = "/no/such/place";
  const auto list = read_records(paths);
  REQUIRE(list);
  CHECK(list->records.empty());
  CHECK_FALSE(write_record({.state = "/proc/no"}, sample()));
}

TEST_CASE("a file that is no record is named, and the others are read") {
  const StateDirectory state;
  REQUIRE(write_record(state.paths(), sample()));
  std::ofstream(state.file("bad.json")) << "{\"version\":2}";
  std::ofstream(state.file("worse.json")) << "{";
  const auto list = read_records(state.paths());
  REQUIRE(list);
  CHECK(list->records.size() == 1);
  REQUIRE(list->unreadable.size() == 2);
  CHECK_THAT(list->unreadable[0].message + list->unreadable[1].message,
             Catch::Contains("unknown version 2") && Catch::Contains("bad.json"));
}

TEST_CASE("a state that no version knows is an error with its name") {
  std::string text = to_json(sample());
  text.replace(text.find("\"proved\""), 8, "\"sailed\"");
  const auto read = parse_record(text, "record");
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().message, Catch::Contains("unknown state 'sailed'"));
}

TEST_CASE("a record is stale when its process is gone or is another one") {
  ContainerRecord record = sample();
  record.pid = 0x3fffff0;
  CHECK(is_stale(record));
  record.pid = ::getpid();
  CHECK(is_stale(record));  // another start time
  record.pid = 0;
  CHECK_FALSE(is_stale(record));
}

TEST_CASE("the next run removes what a crash left behind, and nothing else") {
  const StateDirectory state;
  ContainerRecord gone = sample("gone");
  gone.pid = 0x3fffff0;
  ContainerRecord alive = sample("alive");
  alive.pid = 0;
  REQUIRE(write_record(state.paths(), gone));
  REQUIRE(write_record(state.paths(), alive));
  std::ofstream(state.file(".x.json.bulkhead")) << "half";
  std::ofstream(state.file(".y.json.update.bulkhead")) << "half";
  base::UniqueFd held(::open(state.file(".z.json.bulkhead").c_str(), O_RDWR | O_CREAT, 0600));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  CHECK(remove_stale_records(state.paths(), 16) == 1);
  CHECK_FALSE(fs::exists(state.file("gone.json")));
  CHECK(fs::exists(state.file("alive.json")));
  CHECK_FALSE(fs::exists(state.file(".x.json.bulkhead")));
  CHECK_FALSE(fs::exists(state.file(".y.json.update.bulkhead")));
  CHECK(fs::exists(state.file(".z.json.bulkhead")));
}

}  // namespace bulkhead::audit
