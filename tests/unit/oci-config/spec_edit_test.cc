#include "oci-config/spec_edit.h"

#include <catch2/catch.hpp>
#include <random>

#include "base/text.h"

namespace bulkhead::oci_config {
namespace {

using base::cat;

JsonDocument parsed(std::string text) {
  auto document = JsonDocument::parse(std::move(text), {.described = "config.json"});
  if (!document) FAIL(document.error().message);
  return std::move(*document);
}

// Applies the edit, and again to its own result, which must change nothing.
std::string edited(const std::string& text, const SpecEdit& edit) {
  const auto once = apply(parsed(text), edit);
  if (!once) FAIL(once.error().message);
  const auto twice = apply(parsed(*once), edit);
  REQUIRE(twice);
  CHECK(*twice == *once);
  return *once;
}

std::string set(const std::string& text, std::string pointer, std::string json) {
  return edited(text, {{SetMember{std::move(pointer), std::move(json)}}});
}

std::string removed(const std::string& text, std::string pointer) {
  return edited(text, {{RemoveMember{std::move(pointer)}}});
}

TEST_CASE("a changed member keeps every byte around it") {
  CHECK(set("{ \"a\" :\t1.50 ,\n\"b\":2}\n", "/a", "3") == "{ \"a\" :\t3 ,\n\"b\":2}\n");
  CHECK(set(R"({"\u0061": {"x": 18446744073709551616}})", "/a/y", "1") ==
        R"({"\u0061": {"x": 18446744073709551616,"y": 1}})");
}

TEST_CASE("a member that already holds the value, however it is written, is left alone") {
  const std::string text = R"({"a": { "x" : [ "\u0062" ] , "y":1 } })";
  CHECK(set(text, "/a", R"({"y":1,"x":["b"]})") == text);
  CHECK(removed(text, "/b/c") == text);
  CHECK(removed(text, "/a/x/7") == text);
}

TEST_CASE("an inserted member follows the layout of its siblings") {
  CHECK(set(R"({"a":1})", "/b", "2") == R"({"a":1,"b":2})");
  CHECK(set(R"({"a": 1, "b": 2})", "/c", "3") == R"({"a": 1, "b": 2, "c": 3})");
  CHECK(set("{\n  \"a\": 1\n}\n", "/b", "2") == "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
  CHECK(set("{\n\t\"a\" : 1,\n\t\"b\" : 2\n}", "/c", "3") ==
        "{\n\t\"a\" : 1,\n\t\"b\" : 2,\n\t\"c\" : 3\n}");
  CHECK(set("{\r\n \"l\": {\r\n  \"x\": 0\r\n }\r\n}", "/l/y", "1") ==
        "{\r\n \"l\": {\r\n  \"x\": 0,\r\n  \"y\": 1\r\n }\r\n}");
  CHECK(set("[\n  1,\n  2\n]", "/-", "3") == "[\n  1,\n  2,\n  3\n]");
  CHECK(set("{}", "/a", "1") == R"({"a":1})");
  CHECK(set("{ }", "/a~1b", "1") == R"({"a/b":1})");
}

TEST_CASE("missing parents are created in one insertion") {
  CHECK(set(R"({"a":1})", "/linux/seccomp/x", "{}") == R"({"a":1,"linux":{"seccomp":{"x":{}}}})");
  CHECK(
      edited("{}", {{SetMember{"/hooks/createRuntime/-", "1"}, SetMember{"/hooks/poststop/-", "2"},
                     SetMember{"/annotations/a", "3"}, SetMember{"/annotations/b", "4"}}}) ==
      R"({"hooks":{"createRuntime":[1],"poststop":[2]},"annotations":{"a":3,"b":4}})");
}

TEST_CASE("null where a parent should be counts as missing") {
  CHECK(set(R"({"hooks": null, "b":1})", "/hooks/poststop/-", "1") ==
        R"({"hooks": {"poststop":[1]}, "b":1})");
  CHECK(set(R"({"hooks":{"poststop":null}})", "/hooks/poststop/-", "1") ==
        R"({"hooks":{"poststop":[1]}})");
}

TEST_CASE("an element is appended once") {
  CHECK(set("[ ]", "/-", "1") == "[1]");
  CHECK(set(R"([{"p": "\/h"}])", "/-", R"({"p":"/h"})") == R"([{"p": "\/h"}])");
  CHECK(edited("[1]", {{SetMember{"/-", "2"}, SetMember{"/-", "2"}, SetMember{"/-", "3"}}}) ==
        "[1,2,3]");
}

TEST_CASE("a removed member takes one comma with it") {
  CHECK(removed(R"({"a": 1, "b": 2, "c": 3})", "/a") == R"({"b": 2, "c": 3})");
  CHECK(removed(R"({"a": 1, "b": 2, "c": 3})", "/b") == R"({"a": 1, "c": 3})");
  CHECK(removed(R"({"a": 1, "b": 2, "c": 3})", "/c") == R"({"a": 1, "b": 2})");
  CHECK(removed("{ \"a\": 1 }", "/a") == "{}");
  CHECK(removed("{\n  \"a\": 1,\n  \"b\": 2\n}", "/b") == "{\n  \"a\": 1\n}");
}

TEST_CASE("operations that touch each other are applied in their order") {
  CHECK(edited(R"({"a":1,"b":2})", {{RemoveMember{"/a"}, RemoveMember{"/b"}}}) == "{}");
  CHECK(edited(R"({"a":1,"b":2})",
               {{RemoveMember{"/a"}, RemoveMember{"/b"}, SetMember{"/c", "3"}}}) == R"({"c":3})");
  CHECK(edited(R"({"l":{"x":1}})", {{RemoveMember{"/l"}, SetMember{"/l/y", "1"}}}) ==
        R"({"l":{"y":1}})");
  CHECK(edited(R"({"l":{"x":1}})", {{SetMember{"/l", "{}"}, SetMember{"/l/y", "1"}}}) ==
        R"({"l":{"y":1}})");
  CHECK(edited(R"({"a":1})", {{SetMember{"/a", "2"}, SetMember{"/a", "3"}}}) == R"({"a":3})");
  CHECK(*apply(parsed("[1,2,3]"), {{RemoveMember{"/0"}, RemoveMember{"/0"}}}) == "[3]");
  CHECK(*apply(parsed("[1,2,3]"), {{RemoveMember{"/0"}, RemoveMember{"/1"}}}) == "[2]");
  CHECK(*apply(parsed("[1,2,3,4]"), {{RemoveMember{"/0"}, RemoveMember{"/3"}}}) == "[2,3,4]");
}

TEST_CASE("an edit that cannot be made says where and why") {
  const auto message = [](const std::string& text, SpecEdit edit) {
    const auto result = apply(parsed(text), edit);
    REQUIRE_FALSE(result);
    return cat(base::name_of(result.error().code), " ", result.error().message);
  };
  CHECK(message(R"({"linux":[]})", {{SetMember{"/linux/seccomp", "1"}}}) ==
        "invalid-input config.json: /linux (line 1): has no element 'seccomp' to change");
  CHECK(message(R"({"linux":"x"})", {{SetMember{"/linux/seccomp", "1"}}}) ==
        "invalid-input config.json: /linux (line 1): must be an object, not a string");
  CHECK(message(R"({"a":1})", {{SetMember{"/a", "{"}}}) ==
        "internal /a (line 1): the document ends before it is complete");
  CHECK(message("{}", {{SetMember{"a", "1"}}}) == "internal 'a' is not a JSON pointer");
  CHECK(message("{}", {{RemoveMember{""}}}) ==
        "invalid-input config.json (line 1): the document itself cannot be removed");
}

// ---- properties over documents and edits at random ----------------------------------------------

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string space() {
    static const char* const kSpaces[] = {"", "", "", " ", "\n", "\n  ", "\t"};
    return kSpaces[below(7)];
  }
  std::string key() { return std::string(1, static_cast<char>('a' + below(4))); }
  std::string value(unsigned depth) {
    static const char* const kScalars[] = {"1",   "null",  "true", "\"\\u0061\"",
                                           "1e5", "\"x\"", "{}",   "[ ]"};
    const unsigned kind = below(depth == 0 ? 1 : 3);
    if (kind == 0) return kScalars[below(8)];
    return kind == 1 ? object(depth) : array(depth);
  }
  std::string object(unsigned depth) {
    std::string text = "{" + space();
    unsigned members = 0;
    for (char key = 'a'; key < 'e'; ++key) {
      if (below(2) == 0) continue;
      text += cat(members++ == 0 ? "" : ",", space(), "\"", key, "\"", space(), ":", space(),
                  value(depth - 1), space());
    }
    return text + "}";
  }
  std::string array(unsigned depth) {
    std::string text = "[" + space();
    for (unsigned i = 0, count = below(3); i < count; ++i) {
      text += cat(i == 0 ? "" : ",", value(depth - 1), space());
    }
    return text + "]";
  }
  std::string pointer() {
    std::string text;
    for (unsigned i = 0, count = 1 + below(3); i < count; ++i) {
      text += cat("/", below(5) == 0 ? (below(2) == 0 ? "-" : "0") : key());
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST_CASE("an edit of one member changes no byte outside it, holds and is stable") {
  Chance chance(1);
  for (int round = 0; round < 4000; ++round) {
    const std::string text = chance.object(3);
    const std::string pointer = chance.pointer();
    const std::string json = chance.value(1);
    CAPTURE(text, pointer, json);
    const auto document = parsed(text);
    const auto once = apply(document, {{SetMember{pointer, json}}});
    if (!once) continue;
    const auto after = parsed(*once);
    const bool appends = pointer.ends_with("/-");
    if (!appends) {
      REQUIRE(after.find(pointer));
      CHECK(after.find(pointer)->equals(parsed(json).root()));
    }
    CHECK(*apply(after, {{SetMember{pointer, json}}}) == *once);
    if (const auto there = document.find(pointer); there && !appends) {
      const Span span = there->span();
      CHECK(once->substr(0, span.begin) == text.substr(0, span.begin));
      CHECK(once->ends_with(text.substr(span.end)));
    }
  }
}

std::string described(const SpecEdit& edit) {
  std::string text;
  for (const EditOperation& operation : edit.operations) {
    if (const auto* change = std::get_if<SetMember>(&operation)) {
      text += cat("set ", change->pointer, " ", change->json, "; ");
    } else {
      text += cat("remove ", std::get<RemoveMember>(operation).pointer, "; ");
    }
  }
  return text;
}

TEST_CASE("operations applied together give what they give one after the other") {
  Chance chance(2);
  for (int round = 0; round < 4000; ++round) {
    const std::string text = chance.object(3);
    SpecEdit edit;
    for (unsigned i = 0, count = 2 + chance.below(3); i < count; ++i) {
      if (chance.below(3) == 0) {
        edit.operations.push_back(RemoveMember{chance.pointer()});
      } else {
        edit.operations.push_back(SetMember{chance.pointer(), chance.value(1)});
      }
    }
    CAPTURE(text, described(edit));
    const auto together = apply(parsed(text), edit);
    base::Result<std::string> in_order = text;
    for (const EditOperation& operation : edit.operations) {
      if (in_order) in_order = apply(parsed(*in_order), {{operation}});
    }
    REQUIRE(together.has_value() == in_order.has_value());
    if (!together) continue;
    CAPTURE(*together, *in_order);
    CHECK(parsed(*together).root().equals(parsed(*in_order).root()));
  }
}

}  // namespace
}  // namespace bulkhead::oci_config
