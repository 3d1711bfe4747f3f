#include "record/profiles/recorder_rules.h"

#include <map>
#include <set>
#include <string_view>

#include "base/text.h"
#include "policy/values/apparmor_recorder.h"
#include "policy/values/apparmor_rule_text.h"
#include "record/profiles/apparmor_rules.h"
#include "record/profiles/file_rules.h"
#include "record/profiles/path_pattern.h"

namespace bulkhead::record {

using base::cat;

namespace {

template <class Rules>
void append(std::string& text, const Rules& rules) {
  for (const std::string& rule : rules) text += cat("  ", rule, ",\n");
}

std::string text_for(const std::string& pattern, const std::set<char>& permissions) {
  std::string letters;
  for (const char permission : std::string_view("mrwak")) {
    const bool is_part_of_write = permission == 'a' && permissions.contains('w');
    if (permissions.contains(permission) && !is_part_of_write) letters += permission;
  }
  // Executions are recorded each time anyway.
  return letters.empty() ? std::string() : cat(policy::apparmor_word(pattern), ' ', letters);
}

// What a profile has no rule for: abstractions/base covers it, or the fallback denies it.
std::set<std::string> rules_of_the_rest(const Accesses::Map& accesses, const FileRules& files) {
  std::set<std::string> covered;
  for (const FileRule& rule : files.rules) covered.insert(rule.paths.begin(), rule.paths.end());
  std::map<std::string, std::set<char>> patterns;
  for (const auto& [access, use] : accesses) {
    const bool is_rest = access.kind == AccessKind::file && access.object.starts_with('/') &&
                         access.permission.size() == 1 && !covered.contains(access.object);
    if (is_rest) patterns[pattern_of(access.object)].insert(access.permission[0]);
  }
  std::set<std::string> rules;
  for (const auto& [pattern, permissions] : patterns) {
    if (std::string text = text_for(pattern, permissions); !text.empty()) rules.insert(text);
  }
  return rules;
}

// What a profile has no rule for: whoever runs the container may stop and look at it, and mounts
// are for a person to write.
std::set<std::string> rules_of_the_others(const Accesses::Map& accesses) {
  std::set<std::string> rules;
  for (const auto& [access, use] : accesses) {
    if (access.object == "unconfined") {
      rules.insert(
          {"signal (receive) peer=unconfined", "ptrace (tracedby, readby) peer=unconfined"});
    }
    if (access.kind != AccessKind::mount) continue;
    if (access.detail == "mount") rules.insert("mount");
    if (access.detail == "pivotroot") rules.insert("pivot_root");
  }
  return rules;
}

}  // namespace

std::string recorder_rules(const Accesses::Map& accesses) {
  const FileRules files = file_rules_of(accesses);
  // Where the profile lies the container's own processes are known by it, whose name is new each
  // time.
  const AppArmorRules others = apparmor_rules_of(accesses, cat(policy::kRecorderPrefix, '*'));
  std::set<std::string> of_files = rules_of_the_rest(accesses, files);
  for (const FileRule& rule : files.rules) of_files.insert(text_of(rule));
  std::string text;
  append(text, of_files);
  append(text, others.capabilities);
  append(text, others.sockets);
  append(text, others.links);
  append(text, others.peers);
  append(text, others.unmounts);
  append(text, rules_of_the_others(accesses));
  return text.size() <= kMostRuleBytes ? text : std::string();
}

}  // namespace bulkhead::record
