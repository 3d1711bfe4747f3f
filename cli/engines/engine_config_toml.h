// TOML as engines are configured with it: asked by toml++, changed as text. An edit keeps every
// comment, order and space of the file; what it changed carries a mark, so that it can be taken
// back whatever the administrator changed around it:
//
//   BinaryName = "/usr/bin/bulkhead-runc" # bulkhead: was "/usr/sbin/crun"
//   BinaryName = "/usr/bin/bulkhead-runc" # bulkhead: added
//   # bulkhead: begin … # bulkhead: end      tables at the end of the file
//
// toml++ stays inside engine_config_toml.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::cli {

using TomlPath = std::vector<std::string>;

struct TomlString {
  TomlPath path;
  std::string value;
};

// A list of strings. Podman from 5.0 on reads `{append=true}` among them: the list, and those of
// later files, are added to what was before.
struct TomlList {
  std::vector<std::string> values;
  std::optional<bool> append;
};

class TomlText {
 public:
  // Error code invalid_input with file, line and what is wrong. An empty text is valid.
  [[nodiscard]] static base::Result<TomlText> parse(std::string text, const std::string& described);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool has(const TomlPath& path) const;
  // The string, or nothing: it is not there, or of another type (has() tells them apart).
  [[nodiscard]] std::optional<std::string> string_at(const TomlPath& path) const;
  [[nodiscard]] std::optional<std::int64_t> integer_at(const TomlPath& path) const;
  // The strings of an array; none when there is no array.
  [[nodiscard]] std::vector<std::string> strings_at(const TomlPath& path) const;
  [[nodiscard]] TomlList list_at(const TomlPath& path) const;
  [[nodiscard]] std::vector<std::string> keys_of(const TomlPath& path) const;

  // The text with one string more or changed, marked. The last word of the path is the key. Refused
  // (invalid_input) where it would change anything else, or where the form of the file does not
  // take it: an inline table, dotted keys.
  [[nodiscard]] base::Result<std::string> with_string(const TomlString& wanted) const;
  // The text with tables at its end, between marks. Refused likewise.
  [[nodiscard]] base::Result<std::string> with_tables(std::string_view tables) const;

  // The table at `from` (an empty one where there is none) as TOML text under the name `as`, with
  // these strings changed or added; their paths begin below the table.
  [[nodiscard]] std::string rendered(const TomlPath& from, const TomlPath& as,
                                     const std::vector<TomlString>& changed) const;

 private:
  struct Tree;
  TomlText(std::string text, std::string described, std::shared_ptr<const Tree> tree)
      : text_(std::move(text)), described_(std::move(described)), tree_(std::move(tree)) {}
  [[nodiscard]] base::Result<std::string> checked(std::string changed,
                                                  const std::vector<TomlString>& wanted) const;
  [[nodiscard]] base::Result<std::string> replaced(const TomlString& wanted) const;
  [[nodiscard]] base::Result<std::string> inserted(const TomlString& wanted) const;
  std::string text_;
  std::string described_;
  std::shared_ptr<const Tree> tree_;
};

// The text as it was before marked edits. A marked line whose value is no longer a program of
// Bulkhead's loses only its mark: somebody changed it on purpose.
[[nodiscard]] std::string without_marked_edits(std::string_view text);

// A basic string of TOML.
[[nodiscard]] std::string toml_string(std::string_view text);

}  // namespace bulkhead::cli
