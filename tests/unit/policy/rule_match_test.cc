#include "policy/settings/rule_match.h"

#include <catch2/catch.hpp>

using namespace bulkhead::policy;

namespace {

const Identity kWeb = {.engine = Engine::containerd,
                       .id = "web",
                       .namespace_ = "shop",
                       .pod = "web-1",
                       .container = "app"};

}  // namespace

TEST_CASE("a rule that does not mean a container says by which key") {
  CHECK_FALSE(first_mismatch({}, kWeb));
  CHECK_FALSE(first_mismatch({.namespace_ = "sh*", .pod = "web-?"}, kWeb));
  const RuleMatch of_databases{.namespace_ = "shop", .pod = "db-*"};  // the answer points into it
  const auto by_pod = first_mismatch(of_databases, kWeb);
  REQUIRE(by_pod);
  CHECK(by_pod->key == "pod");
  CHECK(by_pod->wanted == "db-*");
  CHECK(by_pod->found == "web-1");
}

TEST_CASE("a name that a container does not have matches no glob") {
  const RuleMatch of_images{.image = "*"};
  const auto by_image = first_mismatch(of_images, kWeb);
  REQUIRE(by_image);
  CHECK(by_image->key == "image");
  CHECK(by_image->found.empty());
  CHECK(first_mismatch({.engine = "*"}, Identity{}));
}

TEST_CASE("privileged is compared last") {
  const RuleMatch of_privileged{.privileged = true};
  const auto found = first_mismatch(of_privileged, kWeb);
  REQUIRE(found);
  CHECK(found->key == "privileged");
  CHECK(found->found == "false");
}

TEST_CASE("a match covers another where its globs leave no container out") {
  CHECK(covers({}, {.pod = "a"}));
  CHECK(covers({.pod = "web-*"}, {.namespace_ = "shop", .pod = "web-1"}));
  CHECK(covers({.pod = "*"}, {.pod = "web-*"}));
  CHECK(covers({.pod = "web-*"}, {.pod = "web-*", .privileged = true}));
  CHECK_FALSE(covers({.pod = "web-*"}, {}));
  CHECK_FALSE(covers({.pod = "*"}, {}));
  CHECK_FALSE(covers({.pod = "web-1"}, {.pod = "web-*"}));
  CHECK_FALSE(covers({.privileged = true}, {.privileged = false}));
  CHECK_FALSE(covers({.privileged = true}, {}));
}

TEST_CASE("matches that no container fulfils both exclude each other") {
  CHECK(exclude_each_other({.pod = "a"}, {.pod = "b"}));
  CHECK(exclude_each_other({.pod = "web-*"}, {.pod = "db"}));
  CHECK(exclude_each_other({.privileged = true}, {.privileged = false}));
  CHECK_FALSE(exclude_each_other({.pod = "a*"}, {.pod = "*b"}));
  CHECK_FALSE(exclude_each_other({.pod = "a"}, {.namespace_ = "b"}));
}

TEST_CASE("names of Podman's and Docker's containers never match") {
  CHECK(key_that_never_holds({.engine = "podman", .container = "db"}) == "container");
  CHECK(key_that_never_holds({.engine = "docker", .image = "x"}) == "image");
  CHECK(key_that_never_holds({.engine = "docker"}).empty());
  CHECK(key_that_never_holds({.engine = "c*", .image = "x"}).empty());
  CHECK(key_that_never_holds({.image = "x"}).empty());
}
