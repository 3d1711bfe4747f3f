#include "oci-config/json.h"

// RapidJSON looks for the ends of strings and white space 16 bytes at a time, in aligned loads that
// may look at bytes behind the text, which the sanitizer rightly does not know to be harmless.
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__)
#define RAPIDJSON_SSE2
#endif

#include <rapidjson/error/error.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <compare>
#include <functional>
#include <utility>

#include "base/line_at.h"
#include "base/text.h"
#include "base/utf8.h"
#include "oci-config/json_bytes.h"
#include "oci-config/json_tape.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;

// Beyond this, duplicate keys are looked for by hash instead of each against each.
constexpr std::size_t kFewMembers = 12;

struct SyntaxFault {
  rapidjson::ParseErrorCode code;
  std::string_view what;
};

constexpr SyntaxFault kSyntaxFaults[] = {
    {rapidjson::kParseErrorDocumentEmpty, "no JSON value is here"},
    {rapidjson::kParseErrorDocumentRootNotSingular, "more bytes follow the end of the document"},
    {rapidjson::kParseErrorValueInvalid, "this is not a JSON value"},
    {rapidjson::kParseErrorObjectMissName,
     "a member's name in double quotes is missing, or the comma before is one too many"},
    {rapidjson::kParseErrorObjectMissColon, "':' is missing after a member's name"},
    {rapidjson::kParseErrorObjectMissCommaOrCurlyBracket, "',' or '}' is missing after a member"},
    {rapidjson::kParseErrorArrayMissCommaOrSquareBracket, "',' or ']' is missing after an element"},
    {rapidjson::kParseErrorStringUnicodeEscapeInvalidHex,
     "\\u is not followed by four hexadecimal digits"},
    {rapidjson::kParseErrorStringUnicodeSurrogateInvalid, "a string holds half a surrogate pair"},
    {rapidjson::kParseErrorStringEscapeInvalid,
     "a string holds an escape or a control character that JSON does not allow"},
    {rapidjson::kParseErrorStringMissQuotationMark, "a string does not end"},
    {rapidjson::kParseErrorStringInvalidEncoding,
     "a string holds a control character that JSON does not allow"},
    {rapidjson::kParseErrorNumberTooBig, "a number is beyond what programs can represent"},
    {rapidjson::kParseErrorNumberMissFraction, "a number ends after its decimal point"},
    {rapidjson::kParseErrorNumberMissExponent, "a number ends after its exponent sign"},
};

std::string_view sentence_for(rapidjson::ParseErrorCode code) {
  for (const SyntaxFault& fault : kSyntaxFaults) {
    if (fault.code == code) return fault.what;
  }
  return "this is not JSON";
}

std::unexpected<base::Error> fail_at(std::string_view place, std::string_view what) {
  return base::fail(ErrorCode::invalid_input, cat(place, ": ", what));
}

}  // namespace

// The RapidJSON handler. It is told values in document order and finds for each where it stood:
// RapidJSON decodes in situ, in a copy of the text, so a string or number lies in the copy where it
// lies in the text. RapidJSON reads strings and numbers through a copy of the stream; only for
// other tokens does the stream tell where they end.
class TapeBuilder {
 public:
  TapeBuilder(JsonDocument& document, rapidjson::InsituStringStream& stream,
              const ParseOptions& options)
      : document_(document), stream_(stream), options_(options) {}

  bool Null() { return word(JsonType::null, 4); }
  bool Bool(bool value) { return word(JsonType::boolean, value ? 4 : 5); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return add(JsonType::number, {offset_of(text), offset_of(text) + length});
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    const std::string_view decoded(text, length);
    if (!add(JsonType::string, {offset_of(text) - 1, 0})) return false;
    JsonDocument::Node& node = document_.nodes_.back();
    node.span.end = end_of_string(node.span.begin, decoded);
    const std::string_view wrong = keep_decoded(node.span, decoded, node.decoded);
    return wrong.empty() || fault(node.span.begin, last_added().pointer(), wrong);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    const std::string_view decoded(text, length);
    key_.begin = offset_of(text) - 1;
    key_.end = end_of_string(key_.begin, decoded);
    const std::string_view wrong = keep_decoded(key_, decoded, decoded_key_);
    return wrong.empty() || fault(key_.begin, JsonValue(&document_, open_.back().node).pointer(),
                                  cat("in a key, ", wrong));
  }
  bool StartObject() { return open(JsonType::object); }
  bool StartArray() { return open(JsonType::array); }
  bool EndObject(rapidjson::SizeType /*members*/) {
    const std::uint32_t node = open_.back().node;
    close();
    return has_unique_keys(node);
  }
  bool EndArray(rapidjson::SizeType /*elements*/) {
    close();
    return true;
  }
  // The numbers as RapidJSON would convert them; kParseNumbersAsStringsFlag leaves them unused.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  [[nodiscard]] std::unexpected<base::Error> error(const rapidjson::ParseResult& result) const {
    if (!fault_.empty()) return fail_at(place_of_fault_, fault_);
    const bool at_end = result.Offset() >= document_.text_.size();
    const std::string place = place_in(options_.described, pointer_here(result.Code()),
                                       base::line_at(document_.text_, result.Offset()));
    if (document_.text_.find_first_not_of(" \t\r\n") == std::string::npos) {
      return fail_at(place, "is empty");
    }
    return fail_at(
        place, at_end ? "the document ends before it is complete" : sentence_for(result.Code()));
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
  };

  bool fault(std::size_t offset, std::string_view pointer, std::string_view what) {
    place_of_fault_ = place_in(options_.described, pointer, base::line_at(document_.text_, offset));
    fault_ = what;
    return false;
  }

  // The place that is being read: the innermost open container, and what is begun in it.
  [[nodiscard]] std::string pointer_here(rapidjson::ParseErrorCode code) const {
    if (open_.empty()) return "";
    const JsonValue container(&document_, open_.back().node);
    std::string pointer = container.pointer();
    if (key_.end != 0) {
      pointer += cat("/", pointer_token(key_text()));
    } else if (container.is(JsonType::array)) {
      const bool after_element = code == rapidjson::kParseErrorArrayMissCommaOrSquareBracket;
      pointer += cat("/", container.size() - (after_element ? 1 : 0));
    }
    return pointer;
  }

  [[nodiscard]] JsonValue last_added() const {
    return JsonValue(&document_, static_cast<std::uint32_t>(document_.nodes_.size() - 1));
  }

  [[nodiscard]] std::string_view key_text() const {
    if (decoded_key_ != JsonDocument::Node::kNone) return document_.decoded_[decoded_key_ - 1];
    return document_.text().substr(key_.begin + 1, key_.end - key_.begin - 2);
  }

  [[nodiscard]] std::uint32_t offset_of(const char* text) const {
    return static_cast<std::uint32_t>(text - stream_.head_);
  }
  [[nodiscard]] std::uint32_t offset_here() const {
    return static_cast<std::uint32_t>(stream_.Tell());
  }

  // Where the string token that begins at `begin` ends. Without escapes the bytes are the text.
  [[nodiscard]] std::uint32_t end_of_string(std::size_t begin, std::string_view decoded) const {
    const std::string_view text = document_.text_;
    std::size_t at = begin + 1;
    if (text.substr(at, decoded.size()) == decoded && text[at + decoded.size()] == '"') {
      at += decoded.size();
    } else {
      while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    }
    return static_cast<std::uint32_t>(at + 1);
  }

  // Keeps the text of a string that holds escapes, and says what is wrong with it, if anything is.
  // RapidJSON 1.1 lets a lone low surrogate pass.
  std::string_view keep_decoded(Span span, std::string_view decoded, std::uint32_t& index) {
    index = JsonDocument::Node::kNone;
    if (span.end - span.begin == decoded.size() + 2) return {};
    document_.decoded_.emplace_back(decoded);
    index = static_cast<std::uint32_t>(document_.decoded_.size());
    if (!base::is_valid_utf8(decoded)) return "a string holds half a surrogate pair";
    if (decoded.find('\0') == std::string_view::npos) return {};
    return "a string holds \\u0000, where programs written in C would end it";
  }

  bool add(JsonType type, Span span) {
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    if (index == kMaxJsonValues) {
      return fault(span.begin, "", cat("holds more than ", kMaxJsonValues, " values"));
    }
    JsonDocument::Node& node = document_.nodes_.emplace_back();
    node.type = type;
    node.span = span;
    node.key = std::exchange(key_, {});
    node.decoded_key = std::exchange(decoded_key_, JsonDocument::Node::kNone);
    if (!open_.empty()) {
      Open& around = open_.back();
      node.parent = around.node;
      document_.nodes_[around.node].size += 1;
      if (around.last_child != 0) document_.nodes_[around.last_child].next = index;
      around.last_child = index;
    }
    return true;
  }

  // null, true, false: the stream stands behind them.
  bool word(JsonType type, std::uint32_t length) {
    return add(type, {offset_here() - length, offset_here()});
  }

  // RapidJSON recurses: the limit holds before its stack can be at risk.
  bool open(JsonType type) {
    if (open_.size() >= options_.max_depth) {
      return fault(offset_here() - 1, "",
                   cat("is nested deeper than ", options_.max_depth, " levels"));
    }
    if (!add(type, {offset_here() - 1, 0})) return false;
    open_.push_back({static_cast<std::uint32_t>(document_.nodes_.size() - 1), 0});
    return true;
  }

  void close() {
    document_.nodes_[open_.back().node].span.end = offset_here();
    open_.pop_back();
  }

  bool has_unique_keys(std::uint32_t node) {
    const JsonValue object(&document_, node);
    return object.size() <= kFewMembers ? few_are_unique(object) : many_are_unique(object);
  }

  bool duplicate(const JsonValue& one, const JsonValue& other) {
    const std::uint32_t first = std::min(one.key_span().begin, other.key_span().begin);
    const std::uint32_t second = std::max(one.key_span().begin, other.key_span().begin);
    return fault(second, other.pointer(),
                 cat("the key ", quoted(other.key()), " is there twice, first in line ",
                     base::line_at(document_.text_, first),
                     "; programs differ in which of the two they take"));
  }

  bool few_are_unique(const JsonValue& object) {
    for (auto one = object.first(); one; one = one->next()) {
      for (auto other = one->next(); other; other = other->next()) {
        if (one->key() == other->key()) return duplicate(*one, *other);
      }
    }
    return true;
  }

  // Sorted by hash and then by text: keys made to collide cost n log n, not n².
  bool many_are_unique(const JsonValue& object) {
    keys_.clear();
    for (auto child = object.first(); child; child = child->next()) {
      keys_.push_back({std::hash<std::string_view>{}(child->key()), child->key(), child->index_});
    }
    std::sort(keys_.begin(), keys_.end());
    const auto same = [](const HashedKey& a, const HashedKey& b) {
      return a.hash == b.hash && a.key == b.key;
    };
    const auto twin = std::adjacent_find(keys_.begin(), keys_.end(), same);
    if (twin == keys_.end()) return true;
    return duplicate(JsonValue(&document_, twin[0].node), JsonValue(&document_, twin[1].node));
  }

  struct HashedKey {
    std::size_t hash;
    std::string_view key;
    std::uint32_t node;
    auto operator<=>(const HashedKey&) const = default;
  };

  JsonDocument& document_;
  rapidjson::InsituStringStream& stream_;
  const ParseOptions& options_;
  std::vector<Open> open_;
  Span key_;  // of a member whose value has not begun
  std::uint32_t decoded_key_ = JsonDocument::Node::kNone;
  std::vector<HashedKey> keys_;
  std::string fault_;
  std::string place_of_fault_;
};

JsonDocument::JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

base::Result<JsonDocument> JsonDocument::parse(std::string text, const ParseOptions& options) {
  if (auto bytes = check_json_bytes(text, options); !bytes) return std::unexpected(bytes.error());
  JsonDocument document;
  document.text_ = std::move(text);
  document.described_ = options.described;
  constexpr std::size_t kBytesPerValue = 12;  // of dense documents; only a first guess
  document.nodes_.reserve(
      std::min<std::size_t>(document.text_.size() / kBytesPerValue + 1, kMaxJsonValues));

  std::string scratch = document.text_;
  rapidjson::InsituStringStream stream(scratch.data());
  TapeBuilder builder(document, stream, options);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
  const rapidjson::ParseResult result =
      options.comments ? reader.Parse<kFlags | rapidjson::kParseCommentsFlag>(stream, builder)
                       : reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) return builder.error(result);
  return document;
}

}  // namespace bulkhead::oci_config
