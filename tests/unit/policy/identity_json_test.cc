#include "policy/values/identity_json.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

const Identity kApp{.engine = Engine::crio,
                    .id = "4f",
                    .runtime_root = "/run/crun",
                    .namespace_ = "shop",
                    .pod = "web",
                    .pod_uid = "u1",
                    .container = "app",
                    .image = "alpine"};

std::string object_of(auto write, const Identity& identity) {
  base::JsonWriter json;
  json.begin_object();
  (void)write(json, identity);
  json.end_object();
  return json.take();
}

TEST_CASE(
    "events and denials name a container by the same members, and leave out what is unknown") {
  CHECK(
      object_of(write_identity, kApp) ==
      R"({"engine":"cri-o","id":"4f","runtime_root":"/run/crun","namespace":"shop","pod":"web","pod_uid":"u1",)"
      R"("container":"app","image":"alpine"})");
  CHECK(object_of(write_identity, {.id = "4f"}) == R"({"engine":"unknown","id":"4f"})");
}

TEST_CASE("a name that is longer than any engine's is left out and counted, the others are there") {
  base::JsonWriter json;
  json.begin_object();
  CHECK(write_identity(json, {.id = "4f", .pod = "web", .image = std::string(300'000, 'a')}) == 1);
  json.end_object();
  CHECK(json.take() == R"({"engine":"unknown","id":"4f","pod":"web"})");
}

TEST_CASE("a decision shows every member of an identity, the empty ones too") {
  CHECK(
      object_of(write_whole_identity, {.kind = ContainerKind::sandbox, .privileged = true}) ==
      R"({"engine":"unknown","kind":"sandbox","id":"","runtime_root":"","namespace":"","pod":"","pod_uid":"",)"
      R"("container":"","image":"","privileged":true,"doubt":""})");
}

}  // namespace
}  // namespace bulkhead::policy
