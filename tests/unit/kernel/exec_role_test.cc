#include "kernel/gate/exec_role.h"

#include <catch2/catch.hpp>

using bulkhead::kernel::Door;
using bulkhead::kernel::ExecFacts;
using bulkhead::kernel::ExecRole;
using bulkhead::kernel::role_of;

namespace {

ExecFacts outside() { return {.parent_is_of_runtime = true}; }
ExecFacts inside() { return {.inside = true, .parent_is_of_runtime = true}; }

}  // namespace

TEST_CASE("what is executed inside the container is its program") {
  CHECK(role_of(inside()) == ExecRole::program);
}

TEST_CASE("the runtime's own file is the container's program where it is executed inside") {
  auto facts = inside();
  facts.is_runtime_image = true;
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("a runtime that executes itself outside is followed further") {
  auto facts = outside();
  facts.is_runtime_image = true;
  CHECK(role_of(facts) == ExecRole::runtime);
}

TEST_CASE("a wrapper that becomes another runtime is followed further") {
  auto facts = outside();
  facts.is_runtime_process = true;
  facts.may_be_outside = true;
  CHECK(role_of(facts) == ExecRole::runtime);
}

TEST_CASE("a helper of the runtime is followed further") {
  CHECK(role_of(outside()) == ExecRole::runtime);
}

TEST_CASE("outside, but with the container's credentials, it is the program") {
  auto facts = outside();
  facts.confined = true;
  CHECK(role_of(facts) == ExecRole::program);
  facts.is_runtime_image = true;
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("a container that shares the runtime's place has its program there") {
  auto facts = outside();
  facts.may_be_outside = true;
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("a declared hook of the runtime is let go") {
  auto facts = outside();
  facts.is_declared_hook = true;
  CHECK(role_of(facts) == ExecRole::hook);
  facts.may_be_outside = true;
  CHECK(role_of(facts) == ExecRole::hook);
}

TEST_CASE("a declared hook that nobody of the runtime executes is none") {
  ExecFacts facts{.is_declared_hook = true, .may_be_outside = true};
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("a declared hook inside needs an init that waits for it") {
  auto facts = inside();
  facts.is_declared_hook = true;
  CHECK(role_of(facts) == ExecRole::program);
  facts.parent_is_waiting_init = true;
  CHECK(role_of(facts) == ExecRole::hook);
}

TEST_CASE("a program that an init's child executes and that nobody declared is the container's") {
  auto facts = inside();
  facts.parent_is_waiting_init = true;
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("an exec runs no hooks: nothing is taken for one") {
  auto facts = inside();
  facts.door = Door::exec;
  facts.is_declared_hook = true;
  facts.parent_is_waiting_init = true;
  CHECK(role_of(facts) == ExecRole::program);
  facts.inside = false;
  facts.may_be_outside = true;
  CHECK(role_of(facts) == ExecRole::program);
}

TEST_CASE("what a runtime executes to restore a container is watched") {
  auto facts = outside();
  facts.door = Door::restore;
  CHECK(role_of(facts) == ExecRole::restorer);
  facts.may_be_outside = true;
  CHECK(role_of(facts) == ExecRole::restorer);
  facts.is_runtime_image = true;
  CHECK(role_of(facts) == ExecRole::runtime);
}

TEST_CASE("a restore runs hooks too, and a program that it executes inside is the container's") {
  auto facts = outside();
  facts.door = Door::restore;
  facts.is_declared_hook = true;
  CHECK(role_of(facts) == ExecRole::hook);
  facts = inside();
  facts.door = Door::restore;
  CHECK(role_of(facts) == ExecRole::program);
}
