#include "conformance/values/match.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using oci_config::JsonType;
using oci_config::JsonValue;
using oci_config::Problems;
using Seen = std::optional<JsonValue>;

bool matches(const JsonValue& expected, const Seen& seen) { return !mismatch(expected, seen); }

bool some_element(const Seen& seen, const JsonValue& expected) {
  if (!seen || !seen->is(JsonType::array)) return false;
  for (auto element = seen->first(); element; element = element->next()) {
    if (matches(expected, element)) return true;
  }
  return false;
}

template <class Test>
bool every(const JsonValue& list, Test test) {
  for (auto element = list.first(); element; element = element->next()) {
    if (!test(*element)) return false;
  }
  return true;
}

bool is_any(const JsonValue& list, const Seen& seen) {
  return !every(list, [&](const JsonValue& one) { return !matches(one, seen); });
}
bool is_all(const JsonValue& list, const Seen& seen) {
  return every(list, [&](const JsonValue& one) { return matches(one, seen); });
}
bool is_not(const JsonValue& other, const Seen& seen) { return !matches(other, seen); }
bool has_all(const JsonValue& list, const Seen& seen) {
  return every(list, [&](const JsonValue& one) { return some_element(seen, one); });
}
bool lacks_all(const JsonValue& list, const Seen& seen) {
  return every(list, [&](const JsonValue& one) { return !some_element(seen, one); });
}
bool is_glob(const JsonValue& pattern, const Seen& seen) {
  return seen && seen->is(JsonType::string) && base::glob_match(pattern.string(), seen->string());
}
bool is_at_most(const JsonValue& bound, const Seen& seen) {
  if (!seen) return false;
  const auto number = seen->read_unsigned();
  return number && *number <= bound.read_unsigned().value_or(0);
}
bool is_seen(const JsonValue& wanted, const Seen& seen) {
  return wanted.boolean() == seen.has_value();
}

struct Word {
  std::string_view name;
  JsonType takes;
  bool (*holds)(const JsonValue& value, const Seen& seen);
  bool of_expectations = false;  // its value holds expectations
};

constexpr Word kWords[] = {
    {"$all", JsonType::array, is_all, true},      {"$any", JsonType::array, is_any, true},
    {"$glob", JsonType::string, is_glob},         {"$has", JsonType::array, has_all, true},
    {"$lacks", JsonType::array, lacks_all, true}, {"$most", JsonType::number, is_at_most},
    {"$not", JsonType::null, is_not, true},  // of any type
    {"$seen", JsonType::boolean, is_seen},
};

const Word* word_named(std::string_view name) {
  const auto word = std::ranges::find(kWords, name, &Word::name);
  return word == std::end(kWords) ? nullptr : word;
}

// The member with the dollar sign of an object that is nothing else.
Seen word_of(const JsonValue& expected) {
  if (!expected.is(JsonType::object) || expected.size() != 1) return std::nullopt;
  const auto only = expected.first();
  return only->key().starts_with('$') ? only : std::nullopt;
}

std::optional<Mismatch> differs(const JsonValue& expected, const Seen& seen) {
  return Mismatch{.where = seen ? seen->pointer() : "",
                  .expected = std::string(expected.raw()),
                  .seen = seen ? std::string(seen->raw()) : "nothing"};
}

std::optional<Mismatch> in_objects(const JsonValue& expected, const JsonValue& seen) {
  for (auto member = expected.first(); member; member = member->next()) {
    const Seen inside = seen.member(member->key());
    auto found = mismatch(*member, inside);
    if (!found) continue;
    if (!inside) {
      found->where = cat(seen.pointer(), '/', oci_config::pointer_token(member->key()));
    }
    return found;
  }
  return std::nullopt;
}

std::optional<Mismatch> in_arrays(const JsonValue& expected, const JsonValue& seen) {
  if (expected.size() != seen.size()) return differs(expected, seen);
  auto other = seen.first();
  for (auto element = expected.first(); element; element = element->next(), other = other->next()) {
    if (auto found = mismatch(*element, other)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Mismatch> mismatch(const JsonValue& expected, const Seen& seen) {
  if (const Seen word = word_of(expected)) {
    const Word* known = word_named(word->key());
    return known != nullptr && known->holds(*word, seen) ? std::nullopt : differs(expected, seen);
  }
  if (expected.is(JsonType::null)) return seen ? differs(expected, seen) : std::nullopt;
  if (!seen || seen->type() != expected.type()) return differs(expected, seen);
  if (expected.is(JsonType::object)) return in_objects(expected, *seen);
  if (expected.is(JsonType::array)) return in_arrays(expected, *seen);
  return expected.equals(*seen) ? std::nullopt : differs(expected, seen);
}

void check_expectation(const JsonValue& expected, Problems& problems) {
  if (const Seen word = word_of(expected)) {
    const Word* known = word_named(word->key());
    if (known == nullptr) {
      problems.add(*word, "this word of an expectation is unknown");
    } else if (known->takes != JsonType::null && !word->is(known->takes)) {
      problems.add(*word, cat("this takes ", name_of(known->takes)));
    }
    if (known == nullptr || !known->of_expectations) return;
  }
  for (auto child = expected.first(); child; child = child->next()) {
    check_expectation(*child, problems);
  }
}

}  // namespace bulkhead::conformance
