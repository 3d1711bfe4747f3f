#include "audit/records/record.h"

#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/files.h"
#include "policy/values/identity_json.h"

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
  ContainerRecord write(ContainerRecord record) const {
    REQUIRE(write_record(paths_, record));
    return record;
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
  record.seccomp_unlogged = "the runtime takes no flag";
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
  state.write(sample("b"));
  ContainerRecord older = sample("a");
  older.created = "2025-01-01T00:00:00.000Z";
  REQUIRE(write_record(state.paths(), older));
  auto list = read_records(state.paths());
  REQUIRE(list);
  REQUIRE(list->records.size() == 2);
  CHECK(list->records[0].identity.id == "a");
  CHECK(remove_record(state.paths(), older) == true);
  CHECK(remove_record(state.paths(), older) == false);
  CHECK(read_records(state.paths())->records.size() == 1);
}

TEST_CASE("updating replaces what is there and brings nothing back") {
  const StateDirectory state;
  ContainerRecord changed = state.write(sample());
  changed.seccomp = "changed";
  CHECK(update_record(state.paths(), changed) == true);
  CHECK(read_records(state.paths())->records.at(0).seccomp == "changed");
  REQUIRE(remove_record(state.paths(), changed));
  CHECK(update_record(state.paths(), changed) == false);
  CHECK(fs::is_empty(state.file("")));
}

TEST_CASE("no directory holds no records") {
  base::Paths paths;
  paths.state = "/no/such/place";
  const auto list = read_records(paths);
  REQUIRE(list);
  CHECK(list->records.empty());
  ContainerRecord record = sample();
  CHECK_FALSE(write_record({.state = "/proc/no"}, record));
  CHECK(record.file.empty());
  CHECK_FALSE(update_record({.state = "/proc/no"}, record));
}

TEST_CASE("a file that is no record is named, and the others are read") {
  const StateDirectory state;
  state.write(sample());
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
  state.write(gone);
  state.write(alive);
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

namespace {

ContainerRecord below(std::string root, std::string bundle, pid_t pid) {
  ContainerRecord record = sample("web");
  record.identity.runtime_root = std::move(root);
  record.bundle = std::move(bundle);
  record.pid = pid;
  return record;
}

std::set<pid_t> pids_of(const std::vector<ContainerRecord>& records) {
  std::set<pid_t> pids;
  for (const ContainerRecord& record : records) pids.insert(record.pid);
  return pids;
}

}  // namespace

TEST_CASE("two containers of one id in two roots have a record each") {
  const StateDirectory state;
  const ContainerRecord one = state.write(below("/run/a", "/b", 1));
  const ContainerRecord other = state.write(below("/run/b", "/b", 2));
  CHECK(one.file == "web.json");
  CHECK(other.file.starts_with("web@"));
  CHECK(pids_of(records_named(state.paths(), "web")) == std::set<pid_t>{1, 2});
  CHECK(read_records(state.paths())->records.size() == 2);

  ContainerRecord changed = other;
  changed.seccomp = "changed";
  CHECK(update_record(state.paths(), changed) == true);
  CHECK(remove_record(state.paths(), one) == true);
  const auto left = records_named(state.paths(), "web");
  REQUIRE(left.size() == 1);
  CHECK(left[0] == changed);
}

TEST_CASE("two containers of one id that hooks saw are told apart by their bundles") {
  const StateDirectory state;
  state.write(below("", "/run/containerd/task/one/web", 1));
  state.write(below("", "/run/containerd/task/two/web", 2));
  CHECK(pids_of(records_named(state.paths(), "web")) == std::set<pid_t>{1, 2});
}

TEST_CASE("a container that is made again takes its own record's place, and no other's") {
  const StateDirectory state;
  for (const pid_t pid : {1, 3}) state.write(below("/run/a", "/b", pid));
  for (const pid_t pid : {2, 4}) state.write(below("/run/b", "/b", pid));
  CHECK(pids_of(records_named(state.paths(), "web")) == std::set<pid_t>{3, 4});
}

TEST_CASE("a container whose id begins like another's is not named by it") {
  const StateDirectory state;
  state.write(sample("web"));
  state.write(sample("web-2"));
  CHECK(records_named(state.paths(), "web").size() == 1);
  CHECK(records_named(state.paths(), "we").empty());
  CHECK(records_named({.state = "/no/such/place"}, "web").empty());
}

TEST_CASE("a record of the version before, which has no root, is read") {
  const StateDirectory state;
  fs::create_directories(state.file(""));
  std::ofstream(state.file("old.json"))
      << R"({"version":1,"id":"old","engine":"docker","state":"proved","pid":7})";
  const auto records = records_named(state.paths(), "old");
  REQUIRE(records.size() == 1);
  CHECK(records[0].pid == 7);
  CHECK(records[0].file == "old.json");
}

TEST_CASE("a record that would be too large keeps who the container is, and counts the rest") {
  const StateDirectory state;
  ContainerRecord record = sample();
  record.identity.image = std::string(300'000, 'a');
  record.message = std::string(300'000, '\x01');
  for (int i = 0; i < 10'000; ++i) {
    record.reasons.push_back({"annotations", "the annotation is kept", "the owner's words"});
  }
  state.write(record);
  const auto list = read_records(state.paths());
  REQUIRE(list);
  CHECK(list->unreadable.empty());
  REQUIRE(list->records.size() == 1);
  const ContainerRecord& read = list->records[0];
  CHECK(read.identity.id == "web-1");
  CHECK(read.identity.pod == "web");
  CHECK(read.pid == 42);
  CHECK(read.state == RecordState::proved);
  CHECK(read.identity.image.empty());
  CHECK(read.omitted == 2 + record.reasons.size() - read.reasons.size());
  CHECK(read.reasons.size() > 100);
}

TEST_CASE("every text of a record at its longest still makes a record that can be read") {
  ContainerRecord record = sample();
  const std::string control(1300, '\x01');  // six bytes each as JSON
  for (const auto& [key, member] : policy::kIdentityTexts) record.identity.*member = control;
  for (std::string* text :
       {&record.time, &record.created, &record.source, &record.bundle, &record.cgroup,
        &record.seccomp, &record.seccomp_proof, &record.apparmor, &record.message}) {
    *text = control;
  }
  record.reasons = std::vector<RecordedReason>(10'000, {control, control, control});
  CHECK(to_json(record).size() <= kMaxRecordBytes);
}

}  // namespace bulkhead::audit
