// The operations of an edit are applied together, against the one tape of the document. Operations
// that depend on each other (one names a place within another's, or elements of an array move) are
// applied one after the other instead, with a new tape for each.
#include "oci-config/spec_edit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "oci-config/spec_patches.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

const std::string& pointer_of(const EditOperation& operation) {
  return std::visit([](const auto& change) -> const std::string& { return change.pointer; },
                    operation);
}

Result<std::vector<Tokens>> all_tokens(const SpecEdit& edit) {
  std::vector<Tokens> all;
  for (const EditOperation& operation : edit.operations) {
    auto tokens = pointer_tokens(pointer_of(operation));
    if (!tokens) {
      return base::fail(ErrorCode::internal,
                        cat(quoted(pointer_of(operation)), " is not a JSON pointer"));
    }
    all.push_back(std::move(*tokens));
  }
  return all;
}

// Whether one names a place within the other's. "-" may come to be any element.
bool is_prefix(const Tokens& shorter, const Tokens& longer) {
  const auto may_be_same = [](const std::string& one, const std::string& other) {
    return one == other || one == "-" || other == "-";
  };
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin(), may_be_same);
}

bool removes_an_element(const JsonDocument& document, const EditOperation& operation) {
  if (!std::holds_alternative<RemoveMember>(operation)) return false;
  const auto value = document.find(pointer_of(operation));
  return value && value->parent() && value->parent()->is(JsonType::array);
}

bool are_independent(const JsonDocument& document, const SpecEdit& edit,
                     const std::vector<Tokens>& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens.size() > 1 && removes_an_element(document, edit.operations[i])) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (is_prefix(tokens[i], tokens[j]) || is_prefix(tokens[j], tokens[i])) return false;
    }
  }
  return true;
}

Result<std::string> apply_in_order(const JsonDocument& document, const SpecEdit& edit,
                                   const std::vector<Tokens>& tokens) {
  const ParseOptions again{
      .described = document.described(), .max_bytes = UINT32_MAX, .comments = true};
  std::string text(document.text());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto current = JsonDocument::parse(std::move(text), again);
    if (!current) return std::unexpected(current.error());
    auto next = apply_together(*current, {{edit.operations[i]}}, {tokens[i]});
    if (!next) return std::unexpected(next.error());
    if (!*next) return base::fail(ErrorCode::internal, "one change conflicts with itself");
    text = std::move(**next);
  }
  return text;
}

}  // namespace

Result<std::string> apply(const JsonDocument& document, const SpecEdit& edit) {
  const auto tokens = all_tokens(edit);
  if (!tokens) return std::unexpected(tokens.error());
  if (are_independent(document, edit, *tokens)) {
    auto text = apply_together(document, edit, *tokens);
    if (!text) return std::unexpected(text.error());
    if (*text) return std::move(**text);
  }
  return apply_in_order(document, edit, *tokens);
}

}  // namespace bulkhead::oci_config
