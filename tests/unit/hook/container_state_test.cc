#include "hook/container_state.h"

#include <catch2/catch.hpp>

namespace bulkhead::hook {

TEST_CASE("the state that runc gives is read") {
  const auto state = parse_container_state(
      R"({"ociVersion":"1.0.2-dev","id":"c1","status":"creating","pid":123,"bundle":"/b",
          "annotations":{"a":"b"}})");
  REQUIRE(state);
  CHECK(state->id == "c1");
  CHECK(state->status == "creating");
  CHECK(state->pid == 123);
  CHECK(state->bundle == "/b");
}

TEST_CASE("the state that crun gives is read, with its extra root") {
  const auto state = parse_container_state(
      R"({"ociVersion":"1.0","id":"c1","pid":7,"root":"/r","bundle":"/b","status":"created"})");
  REQUIRE(state);
  CHECK(state->status == "created");
  CHECK(state->pid == 7);
}

TEST_CASE("at poststop there may be no pid") {
  for (const char* text :
       {R"({"id":"c1"})", R"({"id":"c1","pid":0})", R"({"id":"c1","pid":null})"}) {
    const auto state = parse_container_state(text);
    REQUIRE(state);
    CHECK(state->pid == 0);
  }
}

TEST_CASE("only a container whose program is still to begin can be held") {
  for (const char* status : {"creating", "created"}) CHECK(is_to_begin({.status = status}));
  for (const char* status : {"running", "stopped", "paused", ""}) {
    INFO(status);
    CHECK_FALSE(is_to_begin({.status = status}));
  }
}

TEST_CASE("a state that cannot be understood is refused with the place") {
  CHECK_THAT(parse_container_state("").error().message, Catch::Contains("on stdin"));
  CHECK_THAT(parse_container_state("[]").error().message, Catch::Contains("object"));
  CHECK_THAT(parse_container_state("{}").error().message, Catch::Contains("has no container id"));
  CHECK_THAT(parse_container_state(R"({"id":1})").error().message, Catch::Contains("/id"));
  CHECK_THAT(parse_container_state(R"({"id":"a","pid":-1})").error().message,
             Catch::Contains("/pid"));
  CHECK_THAT(parse_container_state(R"({"id":"a","pid":4294967296})").error().message,
             Catch::Contains("/pid"));
  CHECK(parse_container_state("{}").error().code == base::ErrorCode::invalid_input);
}

}  // namespace bulkhead::hook
