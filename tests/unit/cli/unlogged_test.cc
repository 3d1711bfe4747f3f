#include "cli/denials/unlogged.h"

#include <catch2/catch.hpp>

namespace bulkhead::cli {
namespace {

TEST_CASE("containers whose denials are not recorded are named, three of them, with the remedy") {
  CHECK(unlogged_sentence({}).empty());
  CHECK_THAT(unlogged_sentence({{"the runtime takes no flag", {"shop/web"}}}),
             Catch::Contains("the seccomp filters of shop/web deny, because the runtime takes no "
                             "flag. ") &&
                 Catch::Contains("\"seccomp\": {\"log_denials\": \"always\"}"));
  CHECK_THAT(unlogged_sentence({{"why", {"a", "b", "c", "d", "e"}}}),
             Catch::Contains("a, b, c and 2 more"));
}

TEST_CASE("each cause for which denials are not recorded is told of its own containers") {
  CHECK_THAT(unlogged_sentence({{"one cause", {"a"}}, {"another", {"b", "c"}}}),
             Catch::Contains("filters of a deny, because one cause") &&
                 Catch::Contains("filters of b, c deny, because another"));
}

}  // namespace
}  // namespace bulkhead::cli
