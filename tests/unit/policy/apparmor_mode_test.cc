#include "policy/values/apparmor_mode.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

TEST_CASE("every mode is read as the kernel words it") {
  for (const AppArmorMode mode : {AppArmorMode::enforce, AppArmorMode::complain, AppArmorMode::kill,
                                  AppArmorMode::unconfined}) {
    CHECK(apparmor_mode_named(name_of(mode)) == mode);
  }
  CHECK_FALSE(apparmor_mode_named("mixed"));
}

TEST_CASE("only enforce and kill confine; a mixed stack and an unknown mode do not") {
  CHECK(confines("enforce"));
  CHECK(confines("kill"));
  for (const char* mode : {"complain", "unconfined", "mixed", "", "prompt"}) {
    CHECK_FALSE(confines(mode));
  }
}

}  // namespace
}  // namespace bulkhead::policy
