#include "record/keeping/log_turn.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "audit/records/watch_lock.h"
#include "record/keeping/collect.h"
#include "record/keeping/process_note.h"
#include "record/keeping/store.h"

namespace bulkhead::record {
namespace {

// One container that is logged for the record "web" and has ended, which nobody has told yet.
struct Node {
  Node() {
    char pattern[] = "/tmp/bulkhead-turn-XXXXXX";
    root = ::mkdtemp(pattern);
    paths.state = root + "/run";
    paths.log = root + "/log";
    ::mkdir(paths.state.c_str(), 0700);
    note.identity.id = "c1";
    REQUIRE(write_note(paths, note).has_value());
    REQUIRE(collect(paths, nullptr).has_value());
  }
  ~Node() { std::filesystem::remove_all(root); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] Record record() const { return read_existing(paths, "web").value(); }

  std::string root;
  base::Paths paths;
  ProcessNote note{.record = "web",
                   .pid = 2'000'000'000,
                   .start_time = 1,
                   .time = 1'000,
                   .how = How::log,
                   .watched = true};
};

// While nobody watches, its end is told at once, and so is what that means.
Node& told_again(Node& node) {
  REQUIRE(remove_record(node.paths, "web").value());
  return node;
}

}  // namespace

TEST_CASE("where nobody watches, nobody is waited for, and what was not read is a loss") {
  const Node node;
  CHECK(wait_for_log(node.paths, "web"));
  const Record record = node.record();
  CHECK(record.containers.begin()->second.ended != 0);
  CHECK(text_of(all_losses(record)).contains(kWasUnwatched));
}

TEST_CASE("while somebody watches, nobody else says that a container has ended") {
  Node node;
  const auto watcher = audit::lock_watch(told_again(node).paths);
  REQUIRE(watcher.has_value());
  REQUIRE(collect(node.paths, nullptr).has_value());
  CHECK(node.record().containers.begin()->second.ended == 0);
  const LoggedByNote logged = {
      {key_of(node.note), {.calls = {{{1, 2}, {.count = 3}}}, .unasked = "no kernel"}}};
  REQUIRE(collect(node.paths, &logged).has_value());
  CHECK(node.record().containers.begin()->second.apparmor_unasked == "no kernel");
  CHECK(node.record().containers.begin()->second.ended != 0);
  CHECK(node.record().containers.begin()->second.calls.at({1, 2}).count == 3);
  CHECK(text_of(all_losses(node.record())).empty());
}

TEST_CASE("whoever wants a record whole waits for the watcher") {
  Node node;
  const auto watcher = audit::lock_watch(told_again(node).paths);
  REQUIRE(watcher.has_value());
  note_log_taken(node.paths, now() - 1);
  const pid_t later = ::fork();
  if (later == 0) {
    ::usleep(200'000);
    note_log_taken(node.paths, now());
    ::_exit(0);
  }
  const Time asked = now();
  CHECK(wait_for_log(node.paths, "web"));
  CHECK(now() >= asked + 200);
  REQUIRE(::waitpid(later, nullptr, 0) == later);
}

}  // namespace bulkhead::record
