// A JSON document as a value that remembers where every byte of it stood.
//
// RFC 8259, read strictly: what two decoders could read differently is an error. Refused are
// duplicate keys in any object, bytes after the document, a byte order mark, a NUL (as a byte or as
// \u0000: C programs end a string there), invalid UTF-8, lone surrogate escapes, numbers beyond a
// double's range, and nesting, size or number of values beyond the limits. Errors carry a JSON
// pointer (RFC 6901) and a line.
// Comments (/* */ and //) are accepted only where ParseOptions says so.
//
// RapidJSON does the reading; its headers stay inside json.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::oci_config {

inline constexpr std::size_t kMaxConfigBytes = 8 << 20;   // config.json, process.json
inline constexpr std::size_t kMaxProfileBytes = 1 << 20;  // a seccomp profile
inline constexpr std::size_t kMaxPolicyBytes = 1 << 20;   // one policy file
inline constexpr unsigned kMaxJsonDepth = 64;
inline constexpr std::size_t kMaxJsonValues = 1 << 20;  // bounds the memory that a document costs

struct ParseOptions {
  std::string_view described = "document";  // names the document in errors: 'config.json'
  std::size_t max_bytes = kMaxConfigBytes;
  unsigned max_depth = kMaxJsonDepth;
  bool comments = false;
};

enum class JsonType : std::uint8_t { null, boolean, number, string, array, object };

[[nodiscard]] std::string_view name_of(JsonType type);

// Byte offsets into JsonDocument::text(), end exclusive.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class JsonDocument;

// A place in a document: two words, cheap to copy, valid while the document lives unmoved.
class JsonValue {
 public:
  [[nodiscard]] JsonType type() const;
  [[nodiscard]] bool is(JsonType type) const { return this->type() == type; }

  // Object access. member(): exact, case-sensitive. key(): the decoded key under which this value
  // stands in its parent object, empty in arrays and at the root.
  [[nodiscard]] std::optional<JsonValue> member(std::string_view key) const;
  [[nodiscard]] std::string_view key() const;
  [[nodiscard]] std::size_t size() const;  // members or elements; 0 for scalars

  // Iteration over members or elements in document order:
  //   for (auto child = value.first(); child; child = child->next()) …
  [[nodiscard]] std::optional<JsonValue> first() const;
  [[nodiscard]] std::optional<JsonValue> next() const;
  [[nodiscard]] std::optional<JsonValue> parent() const;
  // The member of that name, or the element of that index; nothing for scalars.
  [[nodiscard]] std::optional<JsonValue> child(std::string_view token) const;

  // Scalars. The caller has checked the type (or uses the read_* functions below).
  [[nodiscard]] std::string_view string() const;  // decoded
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::string_view raw() const;  // the bytes of the value as they stand

  [[nodiscard]] Span span() const;      // of the value
  [[nodiscard]] Span key_span() const;  // of the key with its quotes; {0,0} where there is none
  [[nodiscard]] std::string pointer() const;
  [[nodiscard]] unsigned line() const;      // counted from 1
  [[nodiscard]] std::string place() const;  // "config.json: /linux/seccomp (line 12)"

  // An invalid_input error at this place:
  // "config.json: /linux/seccomp (line 12): <what>".
  [[nodiscard]] std::unexpected<base::Error> error(std::string_view what,
                                                   std::string remedy = {}) const;

  // Typed reading with such an error when the type or range is wrong.
  [[nodiscard]] base::Result<std::string_view> read_string() const;
  [[nodiscard]] base::Result<bool> read_boolean() const;
  // An integer without fraction or exponent, 0 <= n <= max.
  [[nodiscard]] base::Result<std::uint64_t> read_unsigned(std::uint64_t max = UINT64_MAX) const;
  [[nodiscard]] base::Result<std::vector<std::string>> read_string_array() const;
  [[nodiscard]] base::Result<void> expect(JsonType type) const;

  // Structural equality: same types, same decoded strings, same number text, members in any order.
  [[nodiscard]] bool equals(const JsonValue& other) const;

  bool operator==(const JsonValue&) const = default;  // the same place in the same document

 private:
  friend class JsonDocument;
  friend class TapeBuilder;
  JsonValue(const JsonDocument* document, std::uint32_t index)
      : document_(document), index_(index) {}
  const JsonDocument* document_;
  std::uint32_t index_;
};

class JsonDocument {
 public:
  // Takes the text over. Error code invalid_input.
  [[nodiscard]] static base::Result<JsonDocument> parse(std::string text,
                                                        const ParseOptions& options);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  ~JsonDocument();

  [[nodiscard]] JsonValue root() const { return JsonValue(this, 0); }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::string_view described() const { return described_; }
  // The value that an RFC 6901 pointer names, if it is there.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view pointer) const;

 private:
  friend class JsonValue;
  friend class TapeBuilder;  // the RapidJSON handler in json.cc
  struct Node;
  JsonDocument();

  std::string text_;
  std::string described_;
  std::vector<Node> nodes_;           // in document order; children follow their parent
  std::vector<std::string> decoded_;  // strings that hold escapes; the others are views into text_
};

// Escapes one reference token for a JSON pointer (~ and /).
[[nodiscard]] std::string pointer_token(std::string_view key);
// The decoded reference tokens of a pointer; nothing when it is not one (RFC 6901, 3).
[[nodiscard]] std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer);

}  // namespace bulkhead::oci_config
