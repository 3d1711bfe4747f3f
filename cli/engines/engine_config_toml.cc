#include "cli/engines/engine_config_toml.h"

#define TOML_EXCEPTIONS 0
// toml++ 3.3 asserts what a file that is not valid may break ("[}"), and says so itself right
// after.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kAdded = " # bulkhead: added";
constexpr std::string_view kWas = " # bulkhead: was ";
constexpr std::string_view kBegin = "\n# bulkhead: begin\n";
constexpr std::string_view kEnd = "# bulkhead: end\n";

const toml::node* node_at(const toml::table& root, const TomlPath& path) {
  const toml::node* node = &root;
  for (const std::string& key : path) {
    const toml::table* table = node->as_table();
    node = table == nullptr ? nullptr : table->get(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

std::unexpected<base::Error> unfit(const std::string& file, const TomlPath& path) {
  return base::fail(ErrorCode::invalid_input,
                    cat("cannot change ", base::quoted(base::join(path, ".")), " in ",
                        base::quoted(file), " without changing more than that"),
                    "write that table under a [header] of its own, one key a line, and try again");
}

// Byte offset of a place that toml++ names by line and column, both counted from 1, columns in code
// points.
std::size_t offset_of(std::string_view text, const toml::source_position& place) {
  std::size_t at = 0;
  for (toml::source_index line = 1; line < place.line && at < text.size(); ++line) {
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  for (toml::source_index column = 1; column < place.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return at;
}

// Length of the one-line string literal that the text begins with; 0 when there is none.
std::size_t literal_length(std::string_view text) {
  if (text.empty() || (text.front() != '"' && text.front() != '\'')) return 0;
  const char quote = text.front();
  for (std::size_t at = 1; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      return at + 1;
    }
  }
  return 0;
}

std::string_view line_from(std::string_view text, std::size_t at) {
  return text.substr(at, text.find('\n', at) - at);
}

bool only_comment(std::string_view rest) {
  const std::size_t at = rest.find_first_not_of(" \t\r");
  return at == std::string_view::npos || rest[at] == '#';
}

// Whether the line is `[path]`, by toml++'s own reading of it.
bool is_header_of(std::string_view line, const TomlPath& path) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t at = line.find_first_not_of(" \t");
  if (at == std::string_view::npos || line[at] != '[' || line.substr(at).starts_with("[[")) {
    return false;
  }
  const toml::parse_result parsed = toml::parse(line);
  if (!parsed) return false;
  const toml::node* node = node_at(parsed.table(), path);
  return node != nullptr && node->is_table() && node->as_table()->empty();
}

void put(toml::table& root, const TomlPath& path, toml::table value) {
  toml::table* table = &root;
  for (std::size_t at = 0; at + 1 < path.size(); ++at) {
    table = table->insert(path[at], toml::table{}).first->second.as_table();
    if (table == nullptr) return;
  }
  table->insert_or_assign(path.back(), std::move(value));
}

void put_string(toml::table& root, const TomlString& wanted) {
  toml::table* table = &root;
  for (std::size_t at = 0; at + 1 < wanted.path.size(); ++at) {
    table = table->insert(wanted.path[at], toml::table{}).first->second.as_table();
    if (table == nullptr) return;
  }
  table->insert_or_assign(wanted.path.back(), wanted.value);
}

}  // namespace

struct TomlText::Tree {
  toml::table table;
};

std::string toml_string(std::string_view text) { return base::json_string(text); }

Result<TomlText> TomlText::parse(std::string text, const std::string& described) {
  toml::parse_result parsed = toml::parse(text, described);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return base::fail(ErrorCode::invalid_input,
                      cat(base::quoted(described), " is not valid TOML (line ",
                          error.source().begin.line, "): ", base::quoted(error.description(), 512)),
                      "nothing was changed; the engine would not start with it either");
  }
  auto tree = std::make_shared<Tree>();
  tree->table = std::move(parsed).table();
  return TomlText(std::move(text), described, std::move(tree));
}

bool TomlText::has(const TomlPath& path) const { return node_at(tree_->table, path) != nullptr; }

std::optional<std::string> TomlText::string_at(const TomlPath& path) const {
  const toml::node* node = node_at(tree_->table, path);
  return node == nullptr ? std::nullopt : node->value_exact<std::string>();
}

std::optional<std::int64_t> TomlText::integer_at(const TomlPath& path) const {
  const toml::node* node = node_at(tree_->table, path);
  return node == nullptr ? std::nullopt : node->value_exact<std::int64_t>();
}

TomlList TomlText::list_at(const TomlPath& path) const {
  TomlList list;
  const toml::node* node = node_at(tree_->table, path);
  const toml::array* array = node == nullptr ? nullptr : node->as_array();
  if (array == nullptr) return list;
  for (const toml::node& element : *array) {
    if (auto text = element.value_exact<std::string>()) list.values.push_back(std::move(*text));
    const toml::node* append = element.is_table() ? element.as_table()->get("append") : nullptr;
    if (append != nullptr) list.append = append->value_exact<bool>();
  }
  return list;
}

std::vector<std::string> TomlText::strings_at(const TomlPath& path) const {
  return list_at(path).values;
}

std::vector<std::string> TomlText::keys_of(const TomlPath& path) const {
  std::vector<std::string> keys;
  const toml::node* node = node_at(tree_->table, path);
  const toml::table* table = node == nullptr ? nullptr : node->as_table();
  if (table == nullptr) return keys;
  for (const auto& [key, value] : *table) keys.emplace_back(key.str());
  return keys;
}

// Reads what results, and compares: the wanted strings are there and nothing else moved.
Result<std::string> TomlText::checked(std::string changed,
                                      const std::vector<TomlString>& wanted) const {
  const toml::parse_result after = toml::parse(changed);
  toml::table expected = tree_->table;
  for (const TomlString& one : wanted) put_string(expected, one);
  if (!after || after.table() != expected) return unfit(described_, wanted.front().path);
  return changed;
}

Result<std::string> TomlText::replaced(const TomlString& wanted) const {
  const toml::node* node = node_at(tree_->table, wanted.path);
  const std::size_t begin = offset_of(text_, node->source().begin);
  const std::string_view line = line_from(text_, std::min(begin, text_.size()));
  const std::size_t length = literal_length(line);
  if (length == 0 || !only_comment(line.substr(length))) return unfit(described_, wanted.path);
  std::string out = text_.substr(0, begin);
  out += cat(toml_string(wanted.value), kWas, line.substr(0, length));
  out += text_.substr(begin + length);
  return checked(std::move(out), {wanted});
}

// A line after the header of the table.
Result<std::string> TomlText::inserted(const TomlString& wanted) const {
  const TomlPath table(wanted.path.begin(), wanted.path.end() - 1);
  const toml::node* node = node_at(tree_->table, table);
  const std::size_t place = offset_of(text_, node->source().begin);
  const std::size_t before = place == 0 ? std::string::npos : text_.rfind('\n', place - 1);
  const std::size_t start = before == std::string::npos ? 0 : before + 1;
  const std::string_view header = line_from(text_, start);
  if (!is_header_of(header, table)) return unfit(described_, wanted.path);
  const std::string indent(header.substr(0, header.find('[')));
  const std::string_view end = header.ends_with('\r') ? "\r\n" : "\n";
  std::string line =
      cat(indent, "  ", wanted.path.back(), " = ", toml_string(wanted.value), kAdded, end);
  std::size_t at = start + header.size();
  if (at == text_.size()) {
    line.insert(0, "\n");
    line.pop_back();
  } else {
    ++at;
  }
  return checked(text_.substr(0, at) + line + text_.substr(at), {wanted});
}

Result<std::string> TomlText::with_string(const TomlString& wanted) const {
  if (string_at(wanted.path) == wanted.value) return text_;
  const TomlPath table(wanted.path.begin(), wanted.path.end() - 1);
  if (has(wanted.path)) return replaced(wanted);
  if (has(table)) return inserted(wanted);
  return with_tables(rendered({}, table, {{{wanted.path.back()}, wanted.value}}));
}

Result<std::string> TomlText::with_tables(std::string_view tables) const {
  std::string out = cat(text_, kBegin, tables, kEnd);
  const toml::parse_result after = toml::parse(out);
  if (after) return out;
  return base::fail(ErrorCode::invalid_input,
                    cat("cannot add a table to ", base::quoted(described_), ": ",
                        base::quoted(after.error().description(), 512)),
                    "write the tables of its runtimes under [headers] of their own, and try again");
}

std::string TomlText::rendered(const TomlPath& from, const TomlPath& as,
                               const std::vector<TomlString>& changed) const {
  toml::table inner;
  const toml::node* node = from.empty() ? nullptr : node_at(tree_->table, from);
  if (node != nullptr && node->is_table()) inner = *node->as_table();
  for (const TomlString& one : changed) put_string(inner, one);
  toml::table root;
  put(root, as, std::move(inner));
  std::ostringstream out;
  out << toml::toml_formatter(root, toml::format_flags::none);
  std::string text = out.str();
  while (text.starts_with('\n')) text.erase(0, 1);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

namespace {

// A block whose lines somebody gave the ends of Windows is ours all the same.
std::string with_windows_ends(std::string_view lines) {
  std::string text;
  for (const char letter : lines)
    text += letter == '\n' ? std::string("\r\n") : std::string(1, letter);
  return text;
}

std::string without_block(std::string text, std::string_view first, std::string_view last) {
  for (std::size_t begin = text.find(first); begin != std::string::npos;
       begin = text.find(first, begin)) {
    const std::size_t end = text.find(last, begin);
    if (end == std::string::npos) break;
    text.erase(begin, end + last.size() - begin);
  }
  return text;
}

std::string without_blocks(std::string_view text) {
  return without_block(without_block(std::string(text), kBegin, kEnd), with_windows_ends(kBegin),
                       with_windows_ends(kEnd));
}

bool names_bulkhead(std::string_view before_mark) {
  const std::size_t slash = before_mark.rfind('/');
  return slash != std::string_view::npos && before_mark.substr(slash + 1).starts_with("bulkhead-");
}

// One line, with its final newline if it has one, as it was.
std::string restored(std::string_view line) {
  if (const std::size_t at = line.find(kAdded); at != std::string_view::npos) {
    if (names_bulkhead(line.substr(0, at))) return {};
    return cat(line.substr(0, at), line.substr(at + kAdded.size()));
  }
  const std::size_t mark = line.find(kWas);
  if (mark == std::string_view::npos) return std::string(line);
  const std::string_view after = line.substr(mark + kWas.size());
  const std::size_t length = literal_length(after);
  const std::string_view now = line.substr(0, mark);
  if (length == 0) return std::string(line);
  if (!names_bulkhead(now)) return cat(now, after.substr(length));
  const std::size_t value = now.find_first_of("\"'", now.find('='));
  return cat(now.substr(0, value), after);
}

}  // namespace

std::string without_marked_edits(std::string_view given) {
  const std::string text = without_blocks(given);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = std::string_view(text).substr(at, end - at);
    const std::string back = restored(line);
    // The last line of a file without final newline was joined to ours by one.
    if (back.empty() && !line.ends_with('\n') && out.ends_with('\n')) out.pop_back();
    out += back;
    at = end;
  }
  return out;
}

}  // namespace bulkhead::cli
