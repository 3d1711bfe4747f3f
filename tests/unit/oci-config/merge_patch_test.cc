#include "oci-config/merge_patch.h"

#include <catch2/catch.hpp>
#include <string>

namespace bulkhead::oci_config {
namespace {

std::string patched(std::string text, std::string patch_text) {
  const auto document = JsonDocument::parse(std::move(text), {});
  const auto patch = JsonDocument::parse(std::move(patch_text), {});
  const auto done = apply(*document, merge_patch(*document, patch->root()));
  return done ? *done : done.error().message;
}

struct Row {
  const char* document;
  const char* patch;
  const char* result;
};

TEST_CASE("a merge patch does what the examples of RFC 7386 say") {
  constexpr Row kRows[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
      {R"({"a":1})", R"({"a":{"b":2}})", R"({"a":{"b":2}})"},
      {R"({"a/b":1})", R"({"a/b":2,"c~d":3})", R"({"a/b":2,"c~d":3})"},
  };
  for (const Row& row : kRows) {
    INFO(row.document << " with " << row.patch);
    CHECK(patched(row.document, row.patch) == row.result);
  }
}

TEST_CASE("a merge patch leaves the bytes that it does not name alone") {
  CHECK(patched("{ \"a\" : 1.50,\n \"b\":2 }", R"({"b":3})") == "{ \"a\" : 1.50,\n \"b\":3 }");
}

}  // namespace
}  // namespace bulkhead::oci_config
