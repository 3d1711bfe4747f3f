#include "record/keeping/process_note.h"

#include <catch2/catch.hpp>

using namespace bulkhead;
using namespace bulkhead::record;

namespace {

ProcessNote sample() {
  return {.record = "web",
          .pid = 4711,
          .start_time = 123456,
          .by_exec = true,
          .time = 1764000000123,
          .identity = {.id = "abc", .namespace_ = "shop", .container = "we\n\"b", .image = "i:1"},
          .runtime = "/usr/sbin/runc",
          .door = "shim",
          .how = How::histogram,
          .why = "because",
          .governs = "k8s-web",
          .recorder = "rec-web-5f0c91d2a7b3e684",
          .apparmor_why = "no parser",
          .capabilities = 0xa80425fb,
          .watched = true};
}

}  // namespace

TEST_CASE("a note of a process is read as it was written, control characters included") {
  const auto back = parse_note(to_json(sample()), "test");
  REQUIRE(back);
  CHECK(*back == sample());
}

TEST_CASE("a note of a record that could not be named, or without a process, is an error") {
  ProcessNote outside = sample();
  outside.record = "../web";
  CHECK_FALSE(parse_note(to_json(outside), "test"));
  for (const char* text : {"", "[]", "{}", R"({"record":"web","pid":-1,"start_time":1,"time":1})",
                           R"({"record":"web","pid":1,"time":1})",
                           R"({"record":7,"pid":1,"start_time":1,"time":1})"}) {
    CHECK_FALSE(parse_note(text, "test"));
  }
}
