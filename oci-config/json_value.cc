#include <algorithm>

#include "base/line_at.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "oci-config/json_tape.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;

// Untrusted text as it is where it cannot disturb a terminal, else quoted.
std::string plain_or_quoted(std::string_view text) {
  std::string safe = quoted(text);
  const bool unchanged =
      safe.size() == text.size() + 2 && std::string_view(safe).substr(1, text.size()) == text;
  return unchanged ? std::string(text) : safe;
}

std::string_view with_article(JsonType type) {
  switch (type) {
    case JsonType::null: return "null";
    case JsonType::boolean: return "true or false";
    case JsonType::number: return "a number";
    case JsonType::string: return "a string";
    case JsonType::array: return "an array";
    case JsonType::object: return "an object";
  }
  return "";
}

// One reference token of a pointer, decoded; nothing when '~' is not followed by 0 or 1.
std::optional<std::string> decode_token(std::string_view token) {
  std::string decoded;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      decoded += token[i];
      continue;
    }
    ++i;
    const char escaped = i < token.size() ? token[i] : '\0';
    if (escaped != '0' && escaped != '1') return std::nullopt;
    decoded += escaped == '0' ? '~' : '/';
  }
  return decoded;
}

std::optional<JsonValue> element_named(const JsonValue& array, std::string_view token) {
  const auto index = base::parse_decimal(token);
  if (!index || (token.size() > 1 && token[0] == '0')) return std::nullopt;
  auto child = array.first();
  for (std::uint64_t i = 0; child && i < *index; ++i) child = child->next();
  return child;
}

}  // namespace

std::string_view name_of(JsonType type) {
  switch (type) {
    case JsonType::null: return "null";
    case JsonType::boolean: return "boolean";
    case JsonType::number: return "number";
    case JsonType::string: return "string";
    case JsonType::array: return "array";
    case JsonType::object: return "object";
  }
  return "";
}

std::string pointer_token(std::string_view key) {
  std::string token;
  token.reserve(key.size());
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::string place_in(std::string_view described, std::string_view pointer, unsigned line) {
  return cat(plain_or_quoted(described), pointer.empty() ? "" : ": ", plain_or_quoted(pointer),
             " (line ", line, ")");
}

JsonType JsonValue::type() const { return document_->nodes_[index_].type; }

std::optional<JsonValue> JsonValue::first() const {
  if (document_->nodes_[index_].size == 0) return std::nullopt;
  return JsonValue(document_, index_ + 1);
}

std::optional<JsonValue> JsonValue::next() const {
  const std::uint32_t next = document_->nodes_[index_].next;
  if (next == JsonDocument::Node::kNone) return std::nullopt;
  return JsonValue(document_, next);
}

std::optional<JsonValue> JsonValue::parent() const {
  if (index_ == 0) return std::nullopt;
  return JsonValue(document_, document_->nodes_[index_].parent);
}

std::size_t JsonValue::size() const { return document_->nodes_[index_].size; }

std::string_view JsonValue::key() const {
  const auto& node = document_->nodes_[index_];
  if (node.decoded_key != JsonDocument::Node::kNone) {
    return document_->decoded_[node.decoded_key - 1];
  }
  if (node.key.end == 0) return {};
  return document_->text().substr(node.key.begin + 1, node.key.end - node.key.begin - 2);
}

std::optional<JsonValue> JsonValue::member(std::string_view key) const {
  if (!is(JsonType::object)) return std::nullopt;
  for (auto child = first(); child; child = child->next()) {
    if (child->key() == key) return child;
  }
  return std::nullopt;
}

std::string_view JsonValue::string() const {
  const auto& node = document_->nodes_[index_];
  if (node.type != JsonType::string) return {};
  if (node.decoded != JsonDocument::Node::kNone) return document_->decoded_[node.decoded - 1];
  return document_->text().substr(node.span.begin + 1, node.span.end - node.span.begin - 2);
}

bool JsonValue::boolean() const { return raw() == "true"; }

std::string_view JsonValue::raw() const {
  const Span where = span();
  return document_->text().substr(where.begin, where.end - where.begin);
}

Span JsonValue::span() const { return document_->nodes_[index_].span; }

Span JsonValue::key_span() const { return document_->nodes_[index_].key; }

std::string JsonValue::pointer() const {
  std::string pointer;
  for (auto value = *this; value.index_ != 0;) {
    const JsonValue above = *value.parent();
    if (above.is(JsonType::object)) {
      pointer.insert(0, cat("/", pointer_token(value.key())));
    } else {
      std::size_t index = 0;
      for (auto before = above.first(); before->index_ != value.index_; before = before->next()) {
        ++index;
      }
      pointer.insert(0, cat("/", index));
    }
    value = above;
  }
  return pointer;
}

unsigned JsonValue::line() const { return base::line_at(document_->text(), span().begin); }

std::string JsonValue::place() const { return place_in(document_->described(), pointer(), line()); }

std::unexpected<base::Error> JsonValue::error(std::string_view what, std::string remedy) const {
  return base::fail(ErrorCode::invalid_input, cat(place(), ": ", what), std::move(remedy));
}

base::Result<void> JsonValue::expect(JsonType wanted) const {
  if (is(wanted)) return {};
  return error(cat("must be ", with_article(wanted), ", not ", with_article(type())));
}

base::Result<std::string_view> JsonValue::read_string() const {
  if (auto wanted = expect(JsonType::string); !wanted) return std::unexpected(wanted.error());
  return string();
}

base::Result<bool> JsonValue::read_boolean() const {
  if (auto wanted = expect(JsonType::boolean); !wanted) return std::unexpected(wanted.error());
  return boolean();
}

base::Result<std::uint64_t> JsonValue::read_unsigned(std::uint64_t max) const {
  if (auto number = expect(JsonType::number); !number) return std::unexpected(number.error());
  const auto number = base::parse_decimal(raw());
  if (number && *number <= max) return *number;
  return error(cat("must be an integer from 0 to ", max, ", not ", quoted(raw(), 40)));
}

base::Result<std::vector<std::string>> JsonValue::read_string_array() const {
  if (auto array = expect(JsonType::array); !array) return std::unexpected(array.error());
  std::vector<std::string> strings;
  strings.reserve(size());
  for (auto child = first(); child; child = child->next()) {
    auto text = child->read_string();
    if (!text) return std::unexpected(std::move(text.error()));
    strings.emplace_back(*text);
  }
  return strings;
}

bool JsonValue::equals(const JsonValue& other) const {
  if (type() != other.type() || size() != other.size()) return false;
  if (is(JsonType::string)) return string() == other.string();
  if (!is(JsonType::array) && !is(JsonType::object)) return raw() == other.raw();
  // Members mostly stand in the same order, so the one at the same place is tried first.
  auto theirs = other.first();
  for (auto mine = first(); mine; mine = mine->next(), theirs = theirs->next()) {
    auto match = theirs;
    if (is(JsonType::object) && mine->key() != theirs->key()) match = other.member(mine->key());
    if (!match || !mine->equals(*match)) return false;
  }
  return true;
}

std::optional<JsonValue> JsonValue::child(std::string_view token) const {
  if (is(JsonType::object)) return member(token);
  if (is(JsonType::array)) return element_named(*this, token);
  return std::nullopt;
}

std::optional<JsonValue> JsonDocument::find(std::string_view pointer) const {
  const auto tokens = pointer_tokens(pointer);
  if (!tokens) return std::nullopt;
  std::optional<JsonValue> value = root();
  for (std::size_t i = 0; value && i < tokens->size(); ++i) value = value->child((*tokens)[i]);
  return value;
}

std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer[0] != '/') return std::nullopt;
  for (std::size_t at = 0; at != std::string_view::npos;) {
    const std::size_t slash = pointer.find('/', at + 1);
    auto token = decode_token(pointer.substr(at + 1, slash - at - 1));
    if (!token) return std::nullopt;
    tokens.push_back(std::move(*token));
    at = slash;
  }
  return tokens;
}

}  // namespace bulkhead::oci_config
