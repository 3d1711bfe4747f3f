#include "cli/denials/unlogged.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

audit::Event event(std::string id, std::string stage, std::string why) {
  audit::Event made{.kind = audit::EventKind::proved, .stage = std::move(stage)};
  made.identity.id = std::move(id);
  made.seccomp_unlogged = std::move(why);
  return made;
}

TEST_CASE("containers whose denials are not recorded are named, three of them, with the cause") {
  CHECK(unlogged_sentence({}).empty());
  CHECK(unlogged_sentence({{"mode observe changes nothing", {"shop/web"}}}) ==
        "Not recorded: what the seccomp filters of shop/web deny, because mode observe changes "
        "nothing.");
  CHECK_THAT(unlogged_sentence({{"why", {"a", "b", "c", "d", "e"}}}),
             Catch::Contains("a, b, c and 2 more"));
}

TEST_CASE("of a container that has ended the log tells why its denials were not recorded") {
  UnloggedEvents events;
  events.add(event("ended", "shim create", "planned"));
  events.add(event("ended", "gate", "no flag"));
  events.add(event("logged", "shim create", "planned"));
  events.add(event("logged", "gate", ""));
  events.add(event("joined", "gate exec", "no privilege"));
  const auto found = events.containers({}, {});
  CHECK(found.size() == 2);
  CHECK(found.at("no flag") == std::vector<std::string>{"ended"});
  CHECK(found.at("no privilege") == std::vector<std::string>{"what `exec` added to joined"});
}

TEST_CASE("of a container that was refused nothing is told as not recorded") {
  UnloggedEvents events;
  audit::Event refused = event("web", "shim create", "no flag");
  refused.kind = audit::EventKind::refused;
  events.add(refused);
  CHECK(events.containers({}, {}).empty());
}

TEST_CASE("each cause for which denials are not recorded is told of its own containers") {
  CHECK_THAT(unlogged_sentence({{"one cause", {"a"}}, {"another", {"b", "c"}}}),
             Catch::Contains("filters of a deny, because one cause") &&
                 Catch::Contains("filters of b, c deny, because another"));
}

}  // namespace
}  // namespace bulkhead::cli
