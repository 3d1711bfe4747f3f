#include "record/profiles/apparmor_profile.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"
#include "record/profiles/apparmor_rules.h"
#include "record/profiles/file_rules.h"
#include "record/profiles/profile_document.h"

namespace bulkhead::record {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kMostLeftOut = 32;  // that are named
constexpr std::size_t kMostOfReason = 1024;

// A comment ends where its line does: what came from outside is quoted already.
std::string comment(std::string_view indent, std::string_view text) {
  return cat(indent, "# ", text, '\n');
}

template <class Rules>
void append_block(std::string& text, const Rules& rules) {
  if (rules.empty()) return;
  text += '\n';
  for (const std::string& rule : rules) text += cat("  ", rule, ",\n");
}

std::vector<std::string> texts_of(const std::vector<FileRule>& rules) {
  std::vector<std::string> texts;
  for (const FileRule& rule : rules) {
    if (std::string text = text_of(rule); texts.empty() || texts.back() != text) {
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

void append_left_out(std::string& text, std::string_view why, const std::set<std::string>& what) {
  if (what.empty()) return;
  text += '\n' + comment("  ", cat("Recorded and left out, ", why, ":"));
  std::size_t told = 0;
  for (const std::string& one : what) {
    if (told++ == kMostLeftOut) break;
    text += comment("  ", cat("  ", one));
  }
  if (what.size() > kMostLeftOut) {
    text += comment("  ", cat("  and ", what.size() - kMostLeftOut, " more"));
  }
}

std::set<std::string> quoted_each(const std::set<std::string>& texts) {
  std::set<std::string> quoted;
  for (const std::string& text : texts) quoted.insert(base::quoted(text));
  return quoted;
}

std::set<std::string> words_of(const std::set<Access>& accesses) {
  std::set<std::string> words;
  for (const Access& access : accesses) words.insert(in_words(access));
  return words;
}

// With a record of each: whoever made a profile wants to hear of attempts.
std::string audited_denials() {
  constexpr std::string_view kPlain = "\n  deny ";
  constexpr std::string_view kAudited = "\n  audit deny ";
  std::string text = policy::default_profile_denials();
  for (std::size_t at = text.find(kPlain); at != std::string::npos; at = text.find(kPlain, at)) {
    text.replace(at, kPlain.size(), kAudited);
  }
  return text;
}

std::string head_of(const Record& record, std::string_view name,
                    const policy::AppArmorDialect& dialect) {
  return cat(comment("", cat(provenance_of(record), ".")),
             dialect.abi.empty() ? "" : cat("abi <", dialect.abi, ">,\n"),
             "include <tunables/global>\n\nprofile ", name,
             " flags=(attach_disconnected,mediate_deleted) {\n");
}

// abstractions/base lets a profile's own processes signal and trace each other and use unix
// sockets.
std::set<std::string> denials_beside_base(const std::set<Access>& denied, std::string_view name) {
  Accesses::Map accesses;
  for (const Access& access : denied) accesses[access];
  const AppArmorRules rules = apparmor_rules_of(accesses, name);
  std::set<std::string> texts;
  for (const std::string& rule : rules.peers) texts.insert(cat("audit deny ", rule));
  // A kernel that does not look at their addresses has no `unix` rules to deny by, and is given
  // none.
  constexpr std::string_view kUnix = "unix type=";
  for (const std::string_view rule : rules.sockets) {
    if (rule.starts_with(kUnix)) {
      texts.insert(cat("audit deny network unix ", rule.substr(kUnix.size())));
    }
  }
  return texts;
}

// What was denied and would be allowed by a rule that stands for more than was seen.
std::set<std::string> denials_of(const FileRules& files, const std::set<Access>& denied,
                                 std::string_view name) {
  std::set<std::string> texts = denials_within(files, denied);
  if (files.base) texts.merge(denials_beside_base(denied, name));
  return texts;
}

std::string body_of(const FileRules& files, const AppArmorRules& rules,
                    const std::set<Access>& denied, std::string_view name) {
  std::string text;
  if (files.base) text += "  include <abstractions/base>\n";
  append_block(text, rules.capabilities);
  append_block(text, rules.sockets);
  append_block(text, rules.peers);
  append_block(text, texts_of(files.rules));
  append_block(text, rules.links);
  append_block(text, rules.unmounts);
  append_block(text, denials_of(files, denied, name));
  append_left_out(text, "since the fallback denies it", quoted_each(files.denied));
  append_left_out(text, "since the profile in force denied it", words_of(denied));
  append_left_out(text, "since these are paths of the host", quoted_each(files.foreign));
  append_left_out(text, "to be decided by a person", rules.left_out);
  return text;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<void> check_apparmor_name(std::string_view name) {
  constexpr std::size_t kMaxBytes = 128;
  const bool fine = !name.empty() && name.size() <= kMaxBytes && is_letter_or_digit(name[0]) &&
                    std::ranges::all_of(name, [](char c) {
                      return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
                    });
  if (fine) return {};
  return base::fail(
      ErrorCode::invalid_input, cat(base::quoted(name), " is no name for the profile"),
      "use letters, digits, '_', '.' and '-', beginning with a letter or a digit; the "
      "profile is called as its file");
}

Result<std::string> apparmor_profile_of(const Record& record, std::string_view name,
                                        const policy::AppArmorDialect& dialect) {
  if (auto checked = check_apparmor_name(name); !checked) return std::unexpected(checked.error());
  const Accesses::Map accesses = all_accesses(record);
  if (accesses.empty()) {
    const std::string why = apparmor_loss(record);
    return base::fail(ErrorCode::usage,
                      cat("the record ", base::quoted(record.name), " has nothing of AppArmor",
                          why.empty() ? "" : ": ", why),
                      "a log has it: `bulkhead denials --would --as-apparmor`");
  }
  return cat(head_of(record, name, dialect),
             body_of(file_rules_of(accesses), apparmor_rules_of(accesses, name),
                     denied_accesses(record), name),
             policy::rules_for_runners(), audited_denials(), "}\n");
}

std::string note_of_silent_denials(const Record& record) {
  std::set<std::string> profiles;
  std::set<std::string> reasons;
  for (const auto& [key, container] : record.containers) {
    const bool is_fallback = container.apparmor == policy::kDefaultProfileName;
    if (container.apparmor_unasked.empty() || is_fallback) continue;
    profiles.insert(base::quoted(container.apparmor));
    reasons.insert(base::quoted(container.apparmor_unasked, kMostOfReason));
  }
  if (profiles.empty()) return {};
  return cat("what ", base::join({profiles.begin(), profiles.end()}, ", "),
             " denied by a plain `deny` left no record, and some of it may be allowed here: ",
             base::join({reasons.begin(), reasons.end()}, "; "));
}

}  // namespace bulkhead::record
