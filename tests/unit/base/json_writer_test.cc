#include "base/json_writer.h"

#include <array>
#include <catch2/catch.hpp>

namespace bulkhead::base {
namespace {

TEST_CASE("JSON has commas between values and nowhere else, and escapes text") {
  JsonWriter json;
  json.begin_object();
  json.member("text", "a\"b\n");
  json.member("yes", true);
  json.member("number", 7U);
  json.begin_array("list");
  json.begin_object();
  json.end_object();
  json.element("x");
  json.element_raw("null");
  json.end_array();
  json.begin_object("inner");
  json.end_object();
  json.member("last", -1);
  json.end_object();
  CHECK(json.finish() ==
        "{\"text\":\"a\\\"b\\u000a\",\"yes\":true,\"number\":7,\"list\":[{},\"x\",null],"
        "\"inner\":{},\"last\":-1}\n");
}

TEST_CASE("JSON for people stands on lines of its own, and what is empty on one") {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object();
  json.strings("names", std::array{"read", "write"});
  json.begin_array("none");
  json.end_array();
  json.end_object();
  CHECK(json.finish() ==
        "{\n  \"names\": [\n    \"read\",\n    \"write\"\n  ],\n  \"none\": []\n}\n");
}

TEST_CASE("a member that would say nothing is left out where only what is known is told") {
  JsonWriter json;
  json.begin_object();
  json.member_if_any("pod", "");
  json.member_if_any("image", "alpine");
  json.end_object();
  CHECK(json.take() == R"({"image":"alpine"})");
}

TEST_CASE("a list of texts is an array of JSON strings") {
  CHECK(json_array(std::array{"a", "b\""}) == R"(["a","b\""])");
  CHECK(json_array(std::array<std::string_view, 0>{}) == "[]");
}

}  // namespace
}  // namespace bulkhead::base
