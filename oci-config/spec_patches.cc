// Each operation adds to the patches of the text; what comes to be below one object or array
// becomes one patch, so that operations that create the same parent meet in it.
#include "oci-config/spec_patches.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

enum class Outcome : std::uint8_t { done, depends_on_another };

struct Patch {
  std::size_t begin;
  std::size_t end;
  std::string text;
};

// A value that is not there yet: a leaf with its JSON, or a container of more of them.
struct NewValue {
  enum class Kind : std::uint8_t { leaf, object, array } kind = Kind::leaf;
  std::string key;        // in an object
  std::string_view json;  // of the operation, which outlives the editor
  std::vector<NewValue> children;
};

// What goes into one existing object or array, or in place of an existing null.
struct Growth {
  JsonValue anchor;
  NewValue added;
};

bool is_blank(std::string_view text, char mark, std::size_t marks) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  const auto blank = [&](char c) { return is_space(c) || c == mark; };
  return std::ranges::all_of(text, blank) &&
         static_cast<std::size_t>(std::ranges::count(text, mark)) == marks;
}

std::size_t begin_with_key(const JsonValue& value) {
  return value.key_span().end != 0 ? value.key_span().begin : value.span().begin;
}

// ---- the layout of an inserted member is that of its siblings -----------------------------------

struct Siblings {
  std::optional<JsonValue> last;
  std::optional<JsonValue> before_last;
};

Siblings last_two(const JsonValue& container) {
  Siblings siblings;
  for (auto child = container.first(); child; child = child->next()) {
    siblings.before_last = std::exchange(siblings.last, child);
  }
  return siblings;
}

std::string separator_like(std::string_view text, const JsonValue& container,
                           const Siblings& siblings) {
  const std::size_t end = begin_with_key(*siblings.last);
  if (siblings.before_last) {
    const std::size_t begin = siblings.before_last->span().end;
    const std::string_view gap = text.substr(begin, end - begin);
    return is_blank(gap, ',', 1) ? std::string(gap) : ",";
  }
  const std::size_t begin = container.span().begin + 1;
  const std::string_view gap = text.substr(begin, end - begin);
  return is_blank(gap, ',', 0) ? cat(",", gap) : ",";
}

std::string colon_like(std::string_view text, const JsonValue& sibling) {
  const std::size_t begin = sibling.key_span().end;
  const std::string_view gap = text.substr(begin, sibling.span().begin - begin);
  return is_blank(gap, ':', 1) ? std::string(gap) : ":";
}

// ---- values that are not there yet --------------------------------------------------------------

std::size_t size_of(const NewValue& value) {
  std::size_t size = value.json.size() + value.key.size() + 8;
  for (const NewValue& child : value.children) size += size_of(child);
  return size;
}

void append_json(std::string& out, const NewValue& value) {
  if (value.kind == NewValue::Kind::leaf) {
    out += value.json;
    return;
  }
  const bool object = value.kind == NewValue::Kind::object;
  out += object ? '{' : '[';
  bool first = true;
  for (const NewValue& child : value.children) {
    if (!std::exchange(first, false)) out += ',';
    if (object) {
      base::append_json_string(out, child.key);
      out += ':';
    }
    append_json(out, child);
  }
  out += object ? '}' : ']';
}

NewValue::Kind container_for(const Tokens& tokens, std::size_t at) {
  const bool appends = at + 1 == tokens.size() && tokens[at] == "-";
  return appends ? NewValue::Kind::array : NewValue::Kind::object;
}

// Puts `json` where tokens[at...] lead below `into`, which is a container.
Outcome put(NewValue& into, const Tokens& tokens, std::size_t at, std::string_view json) {
  if (into.kind != container_for(tokens, at)) return Outcome::depends_on_another;
  const bool last = at + 1 == tokens.size();
  const std::string& key = tokens[at];
  if (into.kind == NewValue::Kind::array || last) {
    into.children.push_back({.key = key, .json = json});
    return Outcome::done;
  }
  auto child = std::ranges::find(into.children, key, &NewValue::key);
  if (child == into.children.end()) {
    into.children.push_back({.kind = container_for(tokens, at + 1), .key = key});
    child = into.children.end() - 1;
  }
  return put(*child, tokens, at + 1, json);
}

NewValue::Kind kind_of(const JsonValue& anchor, const Tokens& tokens, std::size_t at) {
  if (anchor.is(JsonType::object)) return NewValue::Kind::object;
  if (anchor.is(JsonType::array)) return NewValue::Kind::array;
  return container_for(tokens, at);
}

// ---- patches -----------------------------------------------------------------------------------

class Editor {
 public:
  explicit Editor(const JsonDocument& document) : document_(document) {}

  Result<Outcome> set(const Tokens& tokens, const SetMember& operation) {
    JsonValue value = document_.root();
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      const bool appends = container_for(tokens, at) == NewValue::Kind::array;
      if (value.is(JsonType::array) && appends) return append(value, tokens, operation);
      if (value.is(JsonType::null)) return grow(value, tokens, at, operation.json);
      const auto child = value.child(tokens[at]);
      if (!child && value.is(JsonType::object)) return grow(value, tokens, at, operation.json);
      if (!child) return cannot_enter(value, tokens[at]);
      value = *child;
    }
    return replace(value, operation);
  }

  Result<Outcome> remove(const Tokens& tokens) {
    std::optional<JsonValue> value = document_.root();
    for (std::size_t at = 0; value && at < tokens.size(); ++at) value = value->child(tokens[at]);
    if (!value) return Outcome::done;
    const auto parent = value->parent();
    if (!parent) return value->error("the document itself cannot be removed");
    const Span whole = parent->span();
    if (parent->size() == 1) {
      emptied_.push_back(*parent);
      patches_.push_back({whole.begin + 1, whole.end - 1, ""});
    } else if (*value == *parent->first()) {
      patches_.push_back({begin_with_key(*value), begin_with_key(*value->next()), ""});
    } else {
      patches_.push_back({sibling_before(*parent, *value).span().end, value->span().end, ""});
    }
    return Outcome::done;
  }

  // The new text; nothing when patches overlap.
  std::optional<std::string> finish() {
    for (const Growth& growth : growths_) {
      if (std::ranges::find(emptied_, growth.anchor) != emptied_.end()) return std::nullopt;
      patches_.push_back(patch_for(growth));
    }
    std::ranges::stable_sort(patches_, {}, &Patch::begin);
    const auto overlaps = [](const Patch& a, const Patch& b) { return b.begin < a.end; };
    if (std::ranges::adjacent_find(patches_, overlaps) != patches_.end()) return std::nullopt;
    return patched();
  }

 private:
  static std::unexpected<base::Error> cannot_enter(const JsonValue& value,
                                                   const std::string& token) {
    if (value.is(JsonType::array)) {
      return value.error(cat("has no element ", quoted(token), " to change"));
    }
    return std::unexpected(value.expect(JsonType::object).error());
  }

  static JsonValue sibling_before(const JsonValue& parent, const JsonValue& value) {
    JsonValue before = *parent.first();
    while (before.next() != value) before = *before.next();
    return before;
  }

  // The operation's JSON is read only where something stands to compare it with: in front of a
  // container's start that is the exception, and the profile is long.
  static Result<JsonDocument> read_json(const SetMember& operation) {
    auto json = JsonDocument::parse(operation.json, {.described = operation.pointer});
    if (!json) return base::fail(ErrorCode::internal, json.error().message);
    return json;
  }

  Result<Outcome> replace(const JsonValue& value, const SetMember& operation) {
    const auto json = read_json(operation);
    if (!json) return std::unexpected(json.error());
    if (!value.equals(json->root())) {
      patches_.push_back({value.span().begin, value.span().end, operation.json});
    }
    return Outcome::done;
  }

  Result<Outcome> append(const JsonValue& array, const Tokens& tokens, const SetMember& operation) {
    const auto json = read_json(operation);
    if (!json) return std::unexpected(json.error());
    for (auto element = array.first(); element; element = element->next()) {
      if (element->equals(json->root())) return Outcome::done;
    }
    return grow(array, tokens, tokens.size() - 1, operation.json);
  }

  Result<Outcome> grow(const JsonValue& anchor, const Tokens& tokens, std::size_t at,
                       std::string_view json) {
    auto growth = std::ranges::find(growths_, anchor, &Growth::anchor);
    if (growth == growths_.end()) {
      growths_.push_back({anchor, {.kind = kind_of(anchor, tokens, at)}});
      growth = growths_.end() - 1;
    }
    if (anchor.is(JsonType::object) && at + 1 == tokens.size()) {
      // Here "-" is a member's name, not the end of an array.
      growth->added.children.push_back({.key = tokens[at], .json = json});
      return Outcome::done;
    }
    return put(growth->added, tokens, at, json);
  }

  [[nodiscard]] Patch patch_for(const Growth& growth) const {
    const Span span = growth.anchor.span();
    std::string text;
    text.reserve(size_of(growth.added) + 64);
    if (growth.anchor.is(JsonType::null) || growth.anchor.size() == 0) {
      append_json(text, growth.added);
      return {span.begin, span.end, std::move(text)};
    }
    const Siblings siblings = last_two(growth.anchor);
    const std::size_t at = siblings.last->span().end;
    const std::string separator = separator_like(document_.text(), growth.anchor, siblings);
    for (const NewValue& child : growth.added.children) {
      text += separator;
      if (growth.anchor.is(JsonType::object)) {
        base::append_json_string(text, child.key);
        text += colon_like(document_.text(), *siblings.last);
      }
      append_json(text, child);
    }
    return {at, at, std::move(text)};
  }

  [[nodiscard]] std::string patched() const {
    const std::string_view text = document_.text();
    std::size_t size = text.size();
    for (const Patch& patch : patches_) size += patch.text.size();
    std::string result;
    result.reserve(size);
    std::size_t copied = 0;
    for (const Patch& patch : patches_) {
      result += text.substr(copied, patch.begin - copied);
      result += patch.text;
      copied = patch.end;
    }
    result += text.substr(copied);
    return result;
  }

  const JsonDocument& document_;
  std::vector<Patch> patches_;
  std::vector<Growth> growths_;
  std::vector<JsonValue> emptied_;
};

Result<Outcome> resolve(Editor& editor, const EditOperation& operation, const Tokens& tokens) {
  if (const auto* set = std::get_if<SetMember>(&operation)) return editor.set(tokens, *set);
  return editor.remove(tokens);
}

}  // namespace

Result<std::optional<std::string>> apply_together(const JsonDocument& document,
                                                  const SpecEdit& edit,
                                                  const std::vector<Tokens>& tokens) {
  Editor editor(document);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto outcome = resolve(editor, edit.operations[i], tokens[i]);
    if (!outcome) return std::unexpected(outcome.error());
    if (*outcome == Outcome::depends_on_another) return std::nullopt;
  }
  return editor.finish();
}

}  // namespace bulkhead::oci_config
