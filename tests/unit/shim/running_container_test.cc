#include "shim/running_container.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "tests/unit/shim/temporary_directory.h"

namespace bulkhead::shim {
namespace {

using Paths = std::vector<std::string>;

const Caller kRoot{.uid = 0, .xdg_runtime_dir = "/xdg", .home = "/root", .user = "root"};
const Caller kUser{.uid = 1000, .in_user_namespace = false, .xdg_runtime_dir = "/xdg"};

Paths roots(Family family, const Caller& caller) { return state_roots({.family = family}, caller); }

std::string config_of(std::string_view hostname) {
  return base::cat(R"({"annotations":{"name":")", hostname, R"("}})");
}

// The annotation by which a fixture's config.json is known; "none" where there is no container.
std::string found(const StateQuery& query) {
  const auto spec = read_container_spec(query, kRoot);
  if (!spec) return spec.error().sentence();
  return *spec ? *(*spec)->annotation("name") : "none";
}

// ---- where
// -------------------------------------------------------------------------------------------

TEST_CASE("runc as the node's root keeps its state in /run/runc, XDG_RUNTIME_DIR or not") {
  CHECK(roots(Family::runc, kRoot) == Paths{"/run/runc"});
  CHECK(roots(Family::runc, kUser) == Paths{"/xdg/runc"});
  CHECK(roots(Family::runc, {.uid = 1000}) == Paths{"/run/runc"});
}

TEST_CASE("runc in a user namespace asks for the user's name") {
  Caller mapped = kRoot;
  mapped.in_user_namespace = true;
  CHECK(roots(Family::runc, mapped) == Paths{"/run/runc"});
  mapped.user.clear();
  CHECK(roots(Family::runc, mapped) == Paths{"/xdg/runc"});
}

TEST_CASE("crun honours XDG_RUNTIME_DIR also as root") {
  CHECK(roots(Family::crun, kRoot) == Paths{"/xdg/crun"});
  CHECK(roots(Family::crun, {.uid = 0}) == Paths{"/run/crun"});
}

TEST_CASE("crun 1.8 takes --rootless for a root") {
  CHECK(state_roots({.family = Family::crun, .rootless = "true"}, {.uid = 0}) ==
        Paths{"true", "/run/crun"});
}

TEST_CASE("youki has one place as root and four rootless") {
  CHECK(roots(Family::youki, kRoot) == Paths{"/run/youki"});
  CHECK(roots(Family::youki, {.uid = 7, .xdg_runtime_dir = "/xdg", .home = "/h"}) ==
        Paths{"/xdg/youki", "/run/user/7/youki", "/h/.youki/run", "/tmp/youki-7"});
}

TEST_CASE("a runtime's place is its family's, whatever the program is called") {
  const StateQuery renamed{.family = Family::runc, .runtime_path = "/usr/bin/runc-node"};
  CHECK(state_roots(renamed, kRoot) == Paths{"/run/runc"});
  const StateQuery unknown{.runtime_path = "/usr/bin/mine"};
  CHECK(state_roots(unknown, kRoot) == Paths{"/xdg/mine", "/run/mine"});
}

TEST_CASE("--root is the place, for every family") {
  for (const Family family : {Family::other, Family::runc, Family::crun, Family::youki}) {
    CHECK(state_roots({.family = family, .root = "/r", .rootless = "x"}, kRoot) == Paths{"/r"});
  }
}

// ---- what
// --------------------------------------------------------------------------------------------

TEST_CASE("runc's state names the bundle by the last of its labels") {
  const TemporaryDirectory node;
  node.write("good/config.json", config_of("good"));
  node.write("decoy/config.json", config_of("decoy"));
  node.write("r/c/state.json", base::cat(R"({"config":{"labels":["bundle=)", node / "decoy",
                                         R"(","x=y","bundle=)", node / "good", R"("]}})"));
  StateQuery query{.family = Family::runc, .root = node / "r", .container_id = "c"};
  CHECK(found(query) == "good");
  query.reads_bundle_again = true;
  CHECK(
      found(query).starts_with("an annotation of the container is named 'bundle', so runc would "
                               "read"));
}

TEST_CASE("crun keeps a copy of config.json beside its state") {
  const TemporaryDirectory node;
  node.write("r/c/config.json", config_of("copy"));
  CHECK(found({.family = Family::crun, .root = node / "r", .container_id = "c"}) == "copy");
}

TEST_CASE("youki's state names the bundle") {
  const TemporaryDirectory node;
  node.write("b/config.json", config_of("bundle"));
  node.write("r/c/state.json", base::cat(R"({"id":"c","bundle":")", node / "b", R"("})"));
  node.write("r/c/youki_config.json", "{}");
  CHECK(found({.family = Family::youki, .root = node / "r", .container_id = "c"}) == "bundle");
}

TEST_CASE("the state of a runtime that is not known is read in each of the three ways") {
  const TemporaryDirectory node;
  node.write("b/config.json", config_of("bundle"));
  node.write("r/one/config.json", config_of("copy"));
  node.write("r/two/state.json", base::cat(R"({"bundle":")", node / "b", R"("})"));
  node.write("r/three/state.json",
             base::cat(R"({"config":{"labels":["bundle=)", node / "b", R"("]}})"));
  CHECK(found({.root = node / "r", .container_id = "one"}) == "copy");
  CHECK(found({.root = node / "r", .container_id = "two"}) == "bundle");
  CHECK(found({.root = node / "r", .container_id = "three"}) == "bundle");
}

TEST_CASE("a container that is not there is none") {
  const TemporaryDirectory node;
  for (const char* id : {"c", "", "../c", "a/b"}) {
    CHECK(found({.family = Family::crun, .root = node / "r", .container_id = id}) == "none");
  }
}

TEST_CASE("a state that names no bundle is an error") {
  const TemporaryDirectory node;
  node.write("r/c/state.json", R"({"config":{"labels":["x=y"]}})");
  CHECK(found({.family = Family::runc, .root = node / "r", .container_id = "c"})
            .find("names no bundle in /config/labels") != std::string::npos);
  CHECK(found({.family = Family::youki, .root = node / "r", .container_id = "c"})
            .find("names no bundle in /bundle") != std::string::npos);
}

}  // namespace
}  // namespace bulkhead::shim
