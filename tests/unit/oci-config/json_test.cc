#include "oci-config/json.h"

#include <catch2/catch.hpp>

namespace bulkhead::oci_config {
namespace {

JsonDocument parsed(std::string text) {
  auto document = JsonDocument::parse(std::move(text), {.described = "config.json"});
  if (!document) FAIL(document.error().message);
  return std::move(*document);
}

std::string refusal(std::string text, ParseOptions options = {.described = "config.json"}) {
  const auto document = JsonDocument::parse(std::move(text), options);
  if (document) return "accepted";
  CHECK(document.error().code == base::ErrorCode::invalid_input);
  return document.error().message;
}

TEST_CASE("every value of a document knows its bytes, its key, its pointer and its line") {
  const auto document = parsed("{\n  \"a\" : [1, \"x\\n\", true],\n  \"b/c\": {\"~\": null}\n}\n");
  const JsonValue root = document.root();
  CHECK(root.type() == JsonType::object);
  CHECK(root.size() == 2);
  CHECK(root.raw() == document.text().substr(0, document.text().size() - 1));

  const auto array = *root.member("a");
  CHECK(array.raw() == "[1, \"x\\n\", true]");
  CHECK(array.line() == 2);
  const auto text = *array.first()->next();
  CHECK(text.string() == "x\n");
  CHECK(text.raw() == "\"x\\n\"");
  CHECK(text.pointer() == "/a/1");
  CHECK(text.next()->boolean());
  CHECK_FALSE(text.next()->next());

  const auto null = *document.find("/b~1c/~0");
  CHECK(null.is(JsonType::null));
  CHECK(null.key() == "~");
  CHECK(null.pointer() == "/b~1c/~0");
  CHECK(null.place() == "config.json: /b~1c/~0 (line 3)");
  CHECK_FALSE(document.find("/b"));
  CHECK_FALSE(document.find("/a/01"));
  CHECK_FALSE(document.find("/a/3"));
}

TEST_CASE("keys with escapes are found by what they mean") {
  const auto document = parsed(R"({"l\u0069nux": {"\"": 1}})");
  CHECK(document.find("/linux/\"")->raw() == "1");
  const Span key = document.root().first()->key_span();
  CHECK(document.text().substr(key.begin, key.end - key.begin) == R"("l\u0069nux")");
}

TEST_CASE("numbers keep all their digits") {
  const auto document = parsed("[18446744073709551615, -0, 1.50e2, 18446744073709551616]");
  const auto first = *document.root().first();
  CHECK(first.read_unsigned() == UINT64_MAX);
  CHECK(first.next()->read_unsigned().error().message ==
        "config.json: /1 (line 1): must be an integer from 0 to 18446744073709551615, not '-0'");
  CHECK(document.find("/2")->raw() == "1.50e2");
  CHECK_FALSE(document.find("/3")->read_unsigned());
}

TEST_CASE("a duplicate key is refused in any object, also when escaped, naming both lines") {
  CHECK(
      refusal("{\"a\": {\n\"x\": 1,\n\"\\u0078\": 2}}") ==
      "config.json: /a/x (line 3): the key 'x' is there twice, first in line 2; programs differ in "
      "which of the two they take");
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\": 0,\n";
  CHECK(refusal(many + "\"k7\": 1}") ==
        "config.json: /k7 (line 41): the key 'k7' is there twice, first in line 8; programs differ "
        "in which of the two they take");
}

TEST_CASE("text that is not one JSON document is refused with place and reason") {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"", "config.json (line 1): is empty"},
      {" \n ", "config.json (line 2): is empty"},
      {"{} x", "config.json (line 1): more bytes follow the end of the document"},
      {"{}{}", "config.json (line 1): more bytes follow the end of the document"},
      {"{\"a\": [1,\n2", "config.json: /a/1 (line 2): the document ends before it is complete"},
      {"{\"a\" 1}", "config.json: /a (line 1): ':' is missing after a member's name"},
      {"{\"a\": 1,}",
       "config.json (line 1): a member's name in double quotes is missing, or the comma before is "
       "one too many"},
      {"[1,]", "config.json: /1 (line 1): this is not a JSON value"},
      {"[1 2]", "config.json: /0 (line 1): ',' or ']' is missing after an element"},
      {"{'a': 1}",
       "config.json (line 1): a member's name in double quotes is missing, or the comma before is "
       "one too many"},
      {"[01]", "config.json: /0 (line 1): ',' or ']' is missing after an element"},
      {"[NaN]", "config.json: /0 (line 1): this is not a JSON value"},
      {"[1.]", "config.json: /0 (line 1): a number ends after its decimal point"},
      {"[\"\\x\"]",
       "config.json: /0 (line 1): a string holds an escape or a control character that JSON does "
       "not allow"},
      {"[\"\\ud800\"]", "config.json: /0 (line 1): a string holds half a surrogate pair"},
      {"[\"\\udc00\"]", "config.json: /0 (line 1): a string holds half a surrogate pair"},
      {"{\"a\": \"x\\u0000y\"}",
       "config.json: /a (line 1): a string holds \\u0000, where programs written in C would end "
       "it"},
      {"[\"\xff\"]", "config.json (line 1): holds bytes that are not UTF-8"},
      {"\xef\xbb\xbf{}",
       "config.json (line 1): starts with a byte order mark, which JSON does not allow"},
      {"// no\n{}", "config.json (line 1): this is not a JSON value"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.text);
    CHECK(refusal(one.text) == one.message);
  }
  CHECK(refusal(std::string("{}\0{}", 5)) == "config.json (line 1): holds a NUL byte");
}

TEST_CASE("nesting, size and number of values beyond the limits are refused") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(refusal(nested(64)) == "accepted");
  CHECK(refusal(nested(65)) == "config.json (line 1): is nested deeper than 64 levels");
  CHECK(refusal(std::string(10'000'000, '['), {.described = "c", .max_bytes = 20'000'000}) ==
        "c (line 1): is nested deeper than 64 levels");
  CHECK(refusal("[12]", {.described = "config.json", .max_bytes = 3}) ==
        "'config.json' has 4 bytes, more than the limit of 3");
  std::string many = "[0";
  for (std::size_t i = 0; i < kMaxJsonValues; ++i) many += ",0";
  CHECK(refusal(many + "]") == "config.json (line 1): holds more than 1048576 values");
}

TEST_CASE("a real document truncated anywhere is refused") {
  const std::string whole =
      "{\"ociVersion\": \"1.0\", \"process\": {\"args\": [\"\\u00e4\", \"b\"], \"n\": -1.5e+3}}";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_THAT(refusal(whole.substr(0, size)), Catch::EndsWith("ends before it is complete") ||
                                                   Catch::EndsWith("is empty") ||
                                                   Catch::Contains("(line 1): "));
    CHECK(refusal(whole.substr(0, size)) != "accepted");
  }
}

TEST_CASE("comments are accepted only where they are asked for") {
  const std::string text = "/* a */ {// b\n\"a\"/**/:/* : , */1,//\n\"b\": [/*]*/2]}// end";
  auto document = JsonDocument::parse(text, {.described = "policy", .comments = true});
  REQUIRE(document);
  CHECK(document->find("/a")->raw() == "1");
  CHECK(document->find("/b/0")->raw() == "2");
  CHECK(document->root().first()->key() == "a");
}

TEST_CASE("typed reading says what was expected, what is there and where") {
  const auto document = parsed("{\"a\": [\"x\", 1]}");
  CHECK(document.root().read_string().error().message ==
        "config.json (line 1): must be a string, not an object");
  CHECK(document.find("/a")->read_string_array().error().message ==
        "config.json: /a/1 (line 1): must be a string, not a number");
  CHECK(document.find("/a")->read_boolean().error().message ==
        "config.json: /a (line 1): must be true or false, not an array");
  CHECK(document.find("/a/1")->read_unsigned(0).error().message ==
        "config.json: /a/1 (line 1): must be an integer from 0 to 0, not '1'");
}

TEST_CASE("a key that could move a terminal's cursor is quoted in messages") {
  const auto document = parsed("{\"\\u001b[2J\": 1}");
  CHECK(document.root().first()->error("no").error().message ==
        R"(config.json: '/\x1b[2J' (line 1): no)");
}

TEST_CASE("two values are equal whatever the order of their members, not of their elements") {
  const auto equal = [](const char* a, const char* b) {
    const auto one = parsed(a);
    const auto other = parsed(b);
    return one.root().equals(other.root());
  };
  CHECK(equal(R"({"a": 1, "b": ["x"]})", R"({"b":["\u0078"],"a":1})"));
  CHECK_FALSE(equal("[1,2]", "[2,1]"));
  CHECK_FALSE(equal("1", "1.0"));
  CHECK_FALSE(equal("{\"a\":1}", "{\"b\":1}"));
  CHECK_FALSE(equal("true", "false"));
}

TEST_CASE("a document can be moved and its values are still there") {
  auto document = parsed("{\"\\u0061\": \"b\"}");
  const JsonDocument moved = std::move(document);
  CHECK(moved.find("/a")->string() == "b");
}

}  // namespace
}  // namespace bulkhead::oci_config
