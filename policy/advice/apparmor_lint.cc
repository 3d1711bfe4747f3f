#include "policy/advice/apparmor_lint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/line_at.h"
#include "base/text.h"

namespace bulkhead::policy {

using base::cat;
using base::quoted;

namespace {

// ---- rules --------------------------------------------------------------------------------------

// Reads the body of one profile rule by rule.
class RuleReader {
 public:
  RuleReader(std::string_view text, const ProfileHeader& profile)
      : text_(text),
        at_(profile.body_begin),
        end_(std::max(profile.body_begin, profile.body_end)) {}

  std::vector<AppArmorRule> read() {
    for (; at_ < end_; ++at_) step(text_[at_]);
    finish();
    return std::move(rules_);
  }

 private:
  void step(char c) {
    if (c == '"') in_quotes_ = !in_quotes_;
    if (in_quotes_) return take(c);
    const bool between_words = rule_.text.empty() || rule_.text.back() == ' ';
    if (c == '#' && between_words) return comment();
    if (c == '\n' && is_include()) return finish();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return blank();
    if (c == '{' && between_words) return skip_block();
    if (c == '}' && between_words) return;
    if (c == '{' || c == '(') ++depth_;
    if ((c == '}' || c == ')') && depth_ > 0) --depth_;
    if (c == ',' && depth_ == 0) return finish();
    take(c);
  }

  void take(char c) {
    if (rule_.text.empty()) rule_.line = base::line_at(text_, at_);
    rule_.text += c;
  }

  void blank() {
    if (!rule_.text.empty() && rule_.text.back() != ' ') rule_.text += ' ';
  }

  [[nodiscard]] bool is_include() const { return rule_.text.starts_with("include"); }

  void comment() {
    constexpr std::string_view kInclude = "#include";
    if (rule_.text.empty() && text_.substr(at_).starts_with(kInclude)) return;
    at_ = std::min(text_.find('\n', at_), end_) - 1;
  }

  // A child, a hat or a condition: its rules are not this profile's.
  void skip_block() {
    rule_ = {};
    for (int open = 0; at_ < end_; ++at_) {
      if (text_[at_] == '{') ++open;
      if (text_[at_] == '}' && --open == 0) return;
    }
  }

  void finish() {
    while (rule_.text.ends_with(' ')) rule_.text.pop_back();
    if (!rule_.text.empty()) rules_.push_back(std::exchange(rule_, {}));
    depth_ = 0;
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t end_;
  bool in_quotes_ = false;
  int depth_ = 0;
  AppArmorRule rule_;
  std::vector<AppArmorRule> rules_;
};

std::vector<std::string_view> words_of(std::string_view rule) {
  std::vector<std::string_view> words;
  while (!rule.empty()) {
    const std::size_t end = std::min(rule.find(' '), rule.size());
    if (end > 0) words.push_back(rule.substr(0, end));
    rule.remove_prefix(std::min(end + 1, rule.size()));
  }
  return words;
}

bool is_child(const ProfileHeader& profile) { return profile.name.find("//") != std::string::npos; }

bool includes(const std::vector<AppArmorRule>& rules, std::string_view path) {
  const std::string wanted = cat("<", path, ">");
  return std::ranges::any_of(rules, [&](const AppArmorRule& rule) {
    return rule.text.starts_with("include") && rule.text.find(wanted) != std::string::npos;
  });
}

AppArmorFinding found(Severity severity, std::string_view check, unsigned line, std::string message,
                      std::string_view remedy) {
  return {.finding = {.severity = severity,
                      .check = std::string(check),
                      .pointer = {},
                      .message = std::move(message),
                      .remedy = std::string(remedy)},
          .line = line};
}

// ---- checks -------------------------------------------------------------------------------------

void no_profile(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  if (!context.profiles.empty()) return;
  findings.push_back(
      found(Severity::error, "no-profile", 0, "the file defines no profile",
            "write `profile NAME flags=(attach_disconnected,mediate_deleted) { … }`"));
}

void name_not_asked_for(const AppArmorLintContext& context,
                        std::vector<AppArmorFinding>& findings) {
  if (context.wanted_name.empty() || context.profiles.empty()) return;
  std::vector<std::string_view> names;
  for (const ProfileHeader& profile : context.profiles) {
    if (profile.name == context.wanted_name) return;
    names.push_back(profile.name);
  }
  const auto near = base::nearest(context.wanted_name, names);
  findings.push_back(found(
      Severity::error, "name-not-asked-for", context.profiles[0].line,
      cat("the pod asks for ", quoted(context.wanted_name), ", but the file defines ",
          quoted(near.value_or(names[0]))),
      "the name after `profile` is what counts, not the file's; localhost/ is no part of it"));
}

void name_is_not_the_files(const AppArmorLintContext& context,
                           std::vector<AppArmorFinding>& findings) {
  if (context.file_name.empty() || context.profiles.empty()) return;
  for (const ProfileHeader& profile : context.profiles) {
    if (profile.name == context.file_name) return;
  }
  findings.push_back(found(
      Severity::note, "name-is-not-the-file's", context.profiles[0].line,
      cat("the file ", quoted(context.file_name), " defines ", quoted(context.profiles[0].name)),
      "a pod names the profile, not the file; the same name for both helps"));
}

void name_is_a_path(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  for (const ProfileHeader& profile : context.profiles) {
    if (!profile.name.starts_with('/') || is_child(profile)) continue;
    findings.push_back(
        found(Severity::warning, "name-is-a-path", profile.line,
              cat("the profile ", quoted(profile.name),
                  " has no name but a path, and confines that program of the host as well"),
              "write `profile NAME {`, so that only containers that ask for it get it"));
  }
}

void flags_missing(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  struct Flag {
    std::string_view name;
    std::string_view consequence;
  };
  constexpr std::array<Flag, 2> kFlags = {{
      {"attach_disconnected",
       "files that a runtime or engine passed in from outside the container's mounts are denied"},
      {"mediate_deleted", "files that were deleted while open are denied"},
  }};
  for (const ProfileHeader& profile : context.profiles) {
    if (is_child(profile)) continue;
    for (const Flag& flag : kFlags) {
      if (profile.has_flag(flag.name)) continue;
      findings.push_back(found(Severity::warning, "flag-missing", profile.line,
                               cat("the profile ", quoted(profile.name), " lacks the flag ",
                                   flag.name, ": ", flag.consequence),
                               "write flags=(attach_disconnected,mediate_deleted)"));
    }
  }
}

void does_not_enforce(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  for (const ProfileHeader& profile : context.profiles) {
    for (const std::string_view flag : {"complain", "unconfined", "default_allow"}) {
      if (!profile.has_flag(flag)) continue;
      findings.push_back(found(
          Severity::warning, "does-not-enforce", profile.line,
          cat("the profile ", quoted(profile.name), " has the flag ", flag,
              ": containers that ask for it are refused"),
          "take the flag out when the profile is ready, or set apparmor.complain to \"keep\""));
    }
  }
}

void plain_deny(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  for (const ProfileHeader& profile : context.profiles) {
    std::vector<std::string> lines;
    unsigned first = 0;
    for (const AppArmorRule& rule : rules_of(profile, context.text)) {
      if (!rule.text.starts_with("deny ")) continue;
      if (lines.empty()) first = rule.line;
      lines.push_back(cat(rule.line));
    }
    if (lines.empty()) continue;
    findings.push_back(found(Severity::note, "deny-is-silent", first,
                             cat("the profile ", quoted(profile.name), " has plain `deny` rules (",
                                 lines.size() == 1 ? "line " : "lines ", base::join(lines, ", "),
                                 "): they deny without a record, and in complain mode too"),
                             "write `audit deny …` where somebody should learn of attempts"));
  }
}

bool lets_the_runtime_signal(const AppArmorRule& rule) {
  const auto words = words_of(rule.text);
  const bool is_signal = !words.empty() && words[0] == "signal";
  if (!is_signal) return false;
  const bool sends_only =
      rule.text.find("send") != std::string::npos && rule.text.find("receive") == std::string::npos;
  const std::size_t peer = rule.text.find("peer=");
  const bool any_peer = peer == std::string::npos;
  return !sends_only && (any_peer || rule.text.find("unconfined", peer) != std::string::npos);
}

void no_signal_rule(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  for (const ProfileHeader& profile : context.profiles) {
    const auto rules = rules_of(profile, context.text);
    if (is_child(profile) || includes(rules, "abstractions/base")) continue;
    if (std::ranges::any_of(rules, lets_the_runtime_signal)) continue;
    findings.push_back(
        found(Severity::warning, "runtime-cannot-stop-it", profile.line,
              cat("the profile ", quoted(profile.name),
                  " has no rule that lets the runtime signal the container: stopping it fails"),
              "write `signal (receive) peer=unconfined,` (abstractions/base has it)"));
  }
}

// The parser gives a profile without abi what its own pinned default says, and a younger kernel
// then mediates classes of which the text never spoke.
void no_abi(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  const auto files = included_files(context.text);
  if (context.profiles.empty() || std::ranges::any_of(files, &IncludedFile::is_abi)) return;
  findings.push_back(
      found(Severity::note, "no-abi", 1,
            "no abi is pinned: what is mediated depends on the parser and the kernel",
            "write `abi <abi/3.0>,` as the first line"));
}

void old_include(const AppArmorLintContext& context, std::vector<AppArmorFinding>& findings) {
  for (const IncludedFile& file : included_files(context.text)) {
    if (!file.old_style) continue;
    findings.push_back(found(
        Severity::note, "include-looks-like-a-comment", file.line,
        cat("`#include` of ", quoted(file.path), " is no comment, although it looks like one"),
        "write `include <…>` (AppArmor 3.0)"));
    return;  // one is enough: it is the file's style
  }
}

// Sorted by id.
constexpr std::array<AppArmorCheck, 10> kChecks = {{
    {"deny-is-silent", "a plain deny leaves no record, and is enforced in complain mode",
     plain_deny},
    {"does-not-enforce", "the file itself puts the profile in complain or unconfined mode",
     does_not_enforce},
    {"flag-missing", "attach_disconnected or mediate_deleted is missing", flags_missing},
    {"include-looks-like-a-comment", "#include, as before AppArmor 3.0", old_include},
    {"name-is-a-path", "the profile has a path for a name", name_is_a_path},
    {"name-is-not-the-file's", "the file has another name than its profile", name_is_not_the_files},
    {"name-not-asked-for", "no profile has the name that the pod asks for", name_not_asked_for},
    {"no-abi", "no abi is pinned", no_abi},
    {"no-profile", "the file defines no profile", no_profile},
    {"runtime-cannot-stop-it", "no signal rule for the runtime", no_signal_rule},
}};

}  // namespace

std::vector<AppArmorRule> rules_of(const ProfileHeader& profile, std::string_view text) {
  return RuleReader(text, profile).read();
}

std::span<const AppArmorCheck> apparmor_checks() { return kChecks; }

std::vector<AppArmorFinding> lint_apparmor(std::string_view text, std::string_view file_name,
                                           std::string_view wanted_name) {
  const auto profiles = profiles_defined_in(text);
  const AppArmorLintContext context{text, file_name, wanted_name, profiles};
  std::vector<AppArmorFinding> findings;
  for (const AppArmorCheck& check : kChecks) check.run(context, findings);
  std::ranges::stable_sort(findings, {}, &AppArmorFinding::line);
  return findings;
}

}  // namespace bulkhead::policy
