#include "record/profiles/file_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "policy/advice/apparmor_glob.h"
#include "policy/advice/apparmor_lint.h"
#include "policy/advice/apparmor_text.h"
#include "policy/fallback/apparmor_default.h"
#include "policy/values/apparmor_rule_text.h"
#include "record/profiles/base_abstraction.h"
#include "record/profiles/path_pattern.h"
#include "record/profiles/sibling_globs.h"

namespace bulkhead::record {

using base::cat;

namespace {

struct Seen {
  std::set<char> permissions;
  bool by_owner = true;
};

std::map<std::string, Seen> paths_in(const Accesses::Map& accesses) {
  std::map<std::string, Seen> paths;
  for (const auto& [access, use] : accesses) {
    if (access.kind != AccessKind::file || access.permission.size() != 1) continue;
    Seen& seen = paths[access.object];
    seen.permissions.insert(access.permission[0]);
    seen.by_owner = seen.by_owner && use.by_others == 0;
  }
  return paths;
}

// ---- what is left out ---------------------------------------------------------------------------

struct DeniedFiles {
  std::string pattern;
  std::string permissions;
};

// "audit deny /proc/sysrq-trigger rwklx" of the fallback
std::vector<DeniedFiles> denied_by_fallback() {
  const std::string text = policy::render_default_profile({});
  std::vector<DeniedFiles> denied;
  for (const auto& rule : policy::rules_of(policy::profiles_defined_in(text).front(), text)) {
    const std::size_t path = rule.text.find('/');
    const std::size_t blank = rule.text.find(' ', path);
    const bool denies = rule.text.substr(0, path).ends_with("deny ");
    if (!denies || blank == std::string::npos) continue;
    denied.push_back({rule.text.substr(path, blank - path), rule.text.substr(blank + 1)});
  }
  return denied;
}

bool is_denied(const std::vector<DeniedFiles>& denied, const std::string& path, char permission) {
  const char asked = permission == 'a' ? 'w' : permission;
  return std::ranges::any_of(denied, [&](const DeniedFiles& rule) {
    return rule.permissions.contains(asked) && policy::apparmor_matches(rule.pattern, path);
  });
}

// A path of the host that shows through: the program's root as its engine keeps it.
bool is_of_the_host(std::string_view path) {
  constexpr std::array<std::string_view, 5> kStores = {
      "/var/lib/containers/storage/**", "/var/lib/docker/{overlay2,rootfs}/**",
      "/var/lib/containerd/**", "/run/containerd/io.containerd.runtime**",
      "/{home,root}/**/containers/storage/**"};
  return std::ranges::any_of(
      kStores, [&](std::string_view pattern) { return policy::apparmor_matches(pattern, path); });
}

// ---- rules --------------------------------------------------------------------------------------

void add_what_follows(std::set<char>& permissions) {
  if (permissions.contains('w')) {
    permissions.insert('r');
    permissions.erase('a');  // the parser refuses both
  }
  if (permissions.contains('x')) permissions.insert({'m', 'r'});
}

std::string in_order(const std::set<char>& permissions) {
  std::string text;
  for (const char permission : std::string_view("mrwakx")) {
    if (permissions.contains(permission)) text += permission;
  }
  return text;
}

// Of files that programs make, and of processes; a file of the image is as good read by another.
bool may_be_for_owner(std::string_view path, const std::set<char>& permissions) {
  if (path.starts_with("/proc/1/") || is_temporary(path)) return true;
  return permissions.contains('w') && !path.starts_with("/dev/") && !path.starts_with("/proc/") &&
         !path.starts_with("/sys/");
}

FileRule rule_for(const std::string& path, const Seen& seen) {
  const bool exact = seen.permissions.contains('x') && !is_temporary(path);
  return {.pattern = exact ? policy::apparmor_escaped(path) : pattern_of(path),
          .permissions = in_order(seen.permissions),
          .owner = seen.by_owner && may_be_for_owner(path, seen.permissions),
          .paths = {path}};
}

void join(FileRule& rule, FileRule more) {
  std::set<char> permissions(rule.permissions.begin(), rule.permissions.end());
  permissions.insert(more.permissions.begin(), more.permissions.end());
  add_what_follows(permissions);
  rule.permissions = in_order(permissions);
  rule.owner = rule.owner && more.owner;
  std::ranges::move(more.paths, std::back_inserter(rule.paths));
}

class Collector {
 public:
  void take(const std::string& path, Seen seen) {
    if (is_of_the_host(path)) return void(found_.foreign.insert(path));
    leave_out_denied(path, seen.permissions);
    if (seen.permissions.empty()) return;
    add_what_follows(seen.permissions);
    if (base_covers(path, in_order(seen.permissions))) return void(found_.base = true);
    FileRule rule = rule_for(path, seen);
    const auto [place, is_new] = rules_.try_emplace(rule.pattern, rule);
    if (!is_new) join(place->second, std::move(rule));
  }

  FileRules finish() {
    for (auto& [pattern, rule] : rules_) found_.rules.push_back(std::move(rule));
    glob_siblings(found_.rules);
    return std::move(found_);
  }

 private:
  void leave_out_denied(const std::string& path, std::set<char>& permissions) {
    std::erase_if(permissions, [&](char permission) {
      if (!is_denied(denied_, path, permission)) return false;
      found_.denied.insert(cat(path, ' ', permission));
      return true;
    });
  }

  std::vector<DeniedFiles> denied_ = denied_by_fallback();
  std::map<std::string, FileRule> rules_;
  FileRules found_;
};

bool is_allowed(const FileRules& files, const std::string& path, char permission) {
  const char asked = permission == 'a' ? 'w' : permission;
  if (files.base && base_covers(path, std::string(1, asked))) return true;
  return std::ranges::any_of(files.rules, [&](const FileRule& rule) {
    const bool has_it = rule.permissions.contains(asked) || rule.permissions.contains(permission);
    return has_it && policy::apparmor_matches(rule.pattern, path);
  });
}

}  // namespace

FileRules file_rules_of(const Accesses::Map& accesses) {
  Collector collector;
  for (auto& [path, seen] : paths_in(accesses)) collector.take(path, seen);
  return collector.finish();
}

std::set<std::string> denials_within(const FileRules& files, const std::set<Access>& denied) {
  std::set<std::string> rules;
  for (const Access& access : denied) {
    if (access.kind != AccessKind::file || access.permission.size() != 1) continue;
    if (!is_allowed(files, access.object, access.permission[0])) continue;
    const bool is_of_a_process = access.object.starts_with("/proc/1/");
    const std::string path =
        is_of_a_process ? pattern_of(access.object) : policy::apparmor_escaped(access.object);
    rules.insert(cat("audit deny ", policy::apparmor_word(path), ' ', access.permission));
  }
  return rules;
}

std::string text_of(const FileRule& rule) {
  const std::string_view permissions = rule.permissions;
  const bool executes = permissions.ends_with('x');
  return cat(rule.owner ? "owner " : "", policy::apparmor_word(rule.pattern), ' ',
             executes ? permissions.substr(0, permissions.size() - 1) : permissions,
             executes ? "ix" : "");
}

}  // namespace bulkhead::record
