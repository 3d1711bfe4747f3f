#include "policy/advice/apparmor_text.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/line_at.h"
#include "base/text.h"

namespace bulkhead::policy {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

struct Token {
  std::string_view text;  // with its quotes
  std::size_t offset = 0;
};

// Splits at blanks. Braces and a comma stand alone only at the beginning of a word: inside one they
// are part of a path ("/usr/{bin,sbin}/x", "@{PROC}").
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  std::optional<Token> next() {
    skip_blanks_and_comments();
    if (at_ == text_.size()) return std::nullopt;
    const std::size_t begin = at_;
    at_ = end_of_word(begin);
    return Token{text_.substr(begin, at_ - begin), begin};
  }

  // The rest of the line is one thing: an include.
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

 private:
  void skip_blanks_and_comments() {
    while (at_ < text_.size()) {
      if (is_blank(text_[at_]))
        ++at_;
      else if (text_[at_] == '#')
        skip_line();
      else
        return;
    }
  }

  [[nodiscard]] std::size_t end_of_word(std::size_t at) const {
    if (text_[at] == '{' || text_[at] == '}') return at + 1;
    if (text_[at] == '(') return end_of_list(at);
    while (at < text_.size() && !is_blank(text_[at])) {
      if (text_[at] == '"')
        at = std::min(text_.find('"', at + 1), text_.size() - 1);
      else if (text_[at] == '(')
        return end_of_list(at);
      ++at;
    }
    return at;
  }

  // "flags=(a, b)" is one word.
  [[nodiscard]] std::size_t end_of_list(std::size_t at) const {
    const std::size_t close = text_.find(')', at);
    return close == std::string_view::npos ? text_.size() : close + 1;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string unquoted(std::string_view word) {
  if (word.size() >= 2 && word.starts_with('"') && word.ends_with('"')) {
    word = word.substr(1, word.size() - 2);
  }
  return std::string(word);
}

std::vector<std::string> flags_in(std::string_view word) {
  const std::size_t open = word.find('(');
  std::vector<std::string> flags;
  if (open == std::string_view::npos) return flags;
  std::string_view list = word.substr(open + 1);
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", \t\n)"), list.size());
    if (end > 0) flags.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return flags;
}

// A profile whose name is a path confines that program; another one may name it after its name.
std::string attachment_of(const std::string& name, const std::vector<Token>& words,
                          std::size_t after_name) {
  const auto is_path = [](std::string_view word) {
    return word.starts_with('/') || word.starts_with("@{") || word.starts_with("\"/");
  };
  if (is_path(name)) return name;
  if (after_name >= words.size() || !is_path(words[after_name].text)) return {};
  return unquoted(words[after_name].text);
}

// The words before '{': is this the header of a profile, and of which name?
std::optional<ProfileHeader> header_of(const std::vector<Token>& words, std::string_view text) {
  if (words.empty()) return std::nullopt;
  std::size_t name_at = 0;
  const std::string_view first = words[0].text;
  if (first == "profile" || first == "hat")
    name_at = 1;
  else if (!first.starts_with('/') && !first.starts_with('^') && !first.starts_with('"') &&
           !first.starts_with('@') && !first.starts_with(':'))
    return std::nullopt;
  if (name_at >= words.size()) return std::nullopt;
  ProfileHeader header{.name = unquoted(words[name_at].text),
                       .line = base::line_at(text, words[0].offset)};
  if (header.name.starts_with('^')) header.name.erase(0, 1);
  header.attachment = attachment_of(header.name, words, name_at + 1);
  for (std::size_t i = name_at + 1; i < words.size(); ++i) {
    if (!words[i].text.starts_with("flags") && !words[i].text.starts_with('(')) continue;
    for (std::string& flag : flags_in(words[i].text)) header.flags.push_back(std::move(flag));
  }
  return header;
}

// Ends a rule or a preamble line: the words that follow begin something new. "abi <abi/3.0>," has
// its comma, "include" and variable assignments end with their line.
bool ends_statement(std::string_view word) { return word.ends_with(','); }

class HeaderCollector {
 public:
  explicit HeaderCollector(std::string_view text) : text_(text), tokens_(text) {}

  std::vector<ProfileHeader> collect() {
    while (const auto token = tokens_.next()) take(*token);
    while (!open_.empty()) close(text_.size());
    return std::move(found_);
  }

 private:
  void take(const Token& token) {
    if (token.text == "{") return open(token.offset + 1);
    if (token.text == "}") return close(token.offset);
    if (token.text == "include" || token.text.starts_with("@{")) return skip_if_statement(token);
    words_.push_back(token);
    if (ends_statement(token.text)) words_.clear();
  }

  // "@{X} = a b" and "include <x>" end with the line; "@{bin}/x {" is a header.
  void skip_if_statement(const Token& token) {
    const std::size_t end = std::min(text_.find('\n', token.offset), text_.size());
    const std::string_view line = text_.substr(token.offset, end - token.offset);
    const bool assigns = token.text != "include" && line.find('=') != std::string_view::npos &&
                         line.find("flags") == std::string_view::npos;
    if (words_.empty() && (token.text == "include" || assigns)) return tokens_.skip_line();
    words_.push_back(token);
  }

  void open(std::size_t body) {
    auto header = header_of(words_, text_);
    words_.clear();
    if (!header) return open_.push_back(std::nullopt);
    if (const auto parent = enclosing()) header->name = base::cat(*parent, "//", header->name);
    header->body_begin = body;
    open_.emplace_back(found_.size());
    found_.push_back(*std::move(header));
  }

  void close(std::size_t offset) {
    words_.clear();
    if (open_.empty()) return;
    if (open_.back()) found_[*open_.back()].body_end = offset;
    open_.pop_back();
  }

  [[nodiscard]] std::optional<std::string> enclosing() const {
    for (auto block = open_.rbegin(); block != open_.rend(); ++block) {
      if (*block) return found_[**block].name;
    }
    return std::nullopt;
  }

  std::string_view text_;
  Tokens tokens_;
  std::vector<Token> words_;
  std::vector<std::optional<std::size_t>>
      open_;  // index into found_, or a block that is no profile
  std::vector<ProfileHeader> found_;
};

// ---- includes -----------------------------------------------------------------------------------

bool begins_a_word(std::string_view text, std::size_t at) {
  return at == 0 || is_blank(text[at - 1]) || text[at - 1] == '#' || text[at - 1] == '{' ||
         text[at - 1] == '}' || text[at - 1] == ',';
}

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

bool take_word(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with(word)) return false;
  const std::string_view behind = rest.substr(word.size());
  if (behind.empty() || (behind[0] != ' ' && behind[0] != '\t')) return false;
  rest = behind;
  skip_blanks(rest);
  return true;
}

std::string_view up_to(std::string_view text, std::string_view delimiters) {
  return text.substr(0, text.find_first_of(delimiters));
}

// What stands behind the keyword: <path>, "path" or a bare path.
std::optional<IncludedFile> operand_in(std::string_view rest) {
  IncludedFile file;
  skip_blanks(rest);
  if (take_word(rest, "if") && take_word(rest, "exists")) file.if_exists = true;
  if (rest.empty()) return std::nullopt;
  file.searched = rest[0] == '<';
  if (file.searched)
    file.path = up_to(rest.substr(1), ">\n");
  else if (rest[0] == '"')
    file.path = up_to(rest.substr(1), "\"\n");
  else
    file.path = up_to(rest, " \t\r\n,}");
  if (file.path.empty()) return std::nullopt;
  return file;
}

void collect_includes(std::string_view text, std::string_view keyword,
                      std::vector<IncludedFile>& found) {
  std::size_t counted = 0;  // lines are counted on from the last one that was found
  unsigned line = 1;
  for (std::size_t at = text.find(keyword); at != std::string_view::npos;
       at = text.find(keyword, at + 1)) {
    const std::string_view rest = text.substr(at + keyword.size());
    if (!begins_a_word(text, at) || rest.empty()) continue;
    if (rest[0] != ' ' && rest[0] != '\t' && rest[0] != '<' && rest[0] != '"') continue;
    auto file = operand_in(rest);
    if (!file) continue;
    file->is_abi = keyword == "abi";
    file->old_style = at > 0 && text[at - 1] == '#';
    line += base::line_at(text.substr(counted, at - counted), at - counted) - 1;
    counted = at;
    file->line = line;
    found.push_back(*std::move(file));
  }
}

}  // namespace

bool ProfileHeader::has_flag(std::string_view flag) const {
  return std::ranges::find(flags, flag) != flags.end();
}

std::vector<ProfileHeader> profiles_defined_in(std::string_view text) {
  return HeaderCollector(text).collect();
}

std::vector<IncludedFile> included_files(std::string_view text) {
  std::vector<IncludedFile> found;
  collect_includes(text, "include", found);
  collect_includes(text, "abi", found);
  return found;
}

}  // namespace bulkhead::policy
