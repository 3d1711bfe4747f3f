#include "policy/values/apparmor_recorder.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

TEST_CASE("a recording profile is one of Bulkhead's own namespace, and no other") {
  CHECK(is_recorder(":bulkhead-record:rec-web-1"));
  CHECK(is_recorder(":bulkhead-record://rec-web-1"));
  CHECK_FALSE(is_recorder("rec-web-1"));
  CHECK_FALSE(is_recorder(":bulkhead-record:web"));
  CHECK_FALSE(is_recorder(":other:rec-web-1"));
  CHECK_FALSE(is_recorder(":bulkhead-record2:rec-web-1"));
  CHECK_FALSE(is_recorder("unconfined"));
}

TEST_CASE("what the kernel puts in the place of a removed recording profile counts as one") {
  CHECK(is_recorder(":bulkhead-record:unconfined"));
}

TEST_CASE("without its recording profiles a label is what confines") {
  CHECK(without_recorders("web") == "web");
  CHECK(without_recorders("web//&:bulkhead-record:rec-web-1") == "web");
  CHECK(without_recorders("a//&b//&:bulkhead-record:rec-web-1") == "a//&b");
  CHECK(without_recorders(":bulkhead-record:rec-web-1//&:bulkhead-record:unconfined").empty());
  CHECK(has_recorder(stacked_label("web", recorder_member("rec-web-1"))));
  CHECK_FALSE(has_recorder(stacked_label("web", "")));
}

}  // namespace
}  // namespace bulkhead::policy
