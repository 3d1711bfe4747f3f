#include "record/profiles/sibling_globs.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "policy/advice/apparmor_glob.h"

namespace bulkhead::record {

using base::cat;

namespace {

constexpr std::size_t kFewestParts = 2;  // of a directory in which there may be a glob

// "/usr/share/x" → "/usr/share", and "/usr/share/x/" likewise.
std::string_view parent_of(std::string_view pattern) {
  if (pattern.ends_with('/')) pattern.remove_suffix(1);
  return pattern.substr(0, pattern.rfind('/'));
}

std::size_t parts_of(std::string_view directory) {
  return static_cast<std::size_t>(std::ranges::count(directory, '/'));
}

bool is_exact(const FileRule& rule) { return rule.permissions.contains('x'); }

struct Likeness {  // of siblings
  std::string parent;
  std::string permissions;
  bool owner = false;
  bool directories = false;
  std::string ending;  // ".conf"; empty: any
  auto operator<=>(const Likeness&) const = default;
};

std::string ending_of(std::string_view pattern) {
  const std::string_view name = pattern.substr(parent_of(pattern).size() + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::string_view ending = name.substr(dot);
  return ending.find_first_of("*[\\{") == std::string_view::npos ? std::string(ending)
                                                                 : std::string();
}

Likeness likeness_of(const FileRule& rule, bool with_ending) {
  const bool directory = rule.pattern.ends_with('/');
  return {.parent = std::string(parent_of(rule.pattern)),
          .permissions = rule.permissions,
          .owner = rule.owner,
          .directories = directory,
          .ending = with_ending && !directory ? ending_of(rule.pattern) : std::string()};
}

std::string pattern_for(const Likeness& alike) {
  return cat(alike.parent, "/*", alike.ending, alike.directories ? "/" : "");
}

// Puts one rule in the place of those.
void replace(std::vector<FileRule>& rules, const std::vector<std::size_t>& those,
             std::string pattern) {
  FileRule glob = rules[those.front()];
  glob.pattern = std::move(pattern);
  glob.paths.clear();
  for (const std::size_t at : those) {
    std::ranges::move(rules[at].paths, std::back_inserter(glob.paths));
    rules[at].pattern.clear();
  }
  rules[those.front()] = std::move(glob);
}

void sort(std::vector<FileRule>& rules) {
  std::erase_if(rules, [](const FileRule& rule) { return rule.pattern.empty(); });
  std::ranges::stable_sort(rules, {}, &FileRule::pattern);
}

void glob_names(std::vector<FileRule>& rules, bool with_ending) {
  std::map<Likeness, std::vector<std::size_t>> families;
  for (std::size_t at = 0; at < rules.size(); ++at) {
    Likeness alike = likeness_of(rules[at], with_ending);
    const bool skipped = is_exact(rules[at]) || parts_of(alike.parent) < kFewestParts ||
                         (with_ending && alike.ending.empty());
    if (!skipped) families[std::move(alike)].push_back(at);
  }
  for (const auto& [alike, members] : families) {
    if (members.size() >= kManySiblings) replace(rules, members, pattern_for(alike));
  }
  sort(rules);
}

// ---- whole trees --------------------------------------------------------------------------------

struct Tree {
  std::string directory;
  std::string permissions;
  bool owner = false;
  // The deepest first, so that "**" stands as low as it can.
  bool operator<(const Tree& other) const {
    const auto key = [](const Tree& tree) {
      return std::tuple(-static_cast<long>(parts_of(tree.directory)),
                        std::string_view(tree.directory), std::string_view(tree.permissions),
                        tree.owner);
    };
    return key(*this) < key(other);
  }
};

bool may_be_a_tree(std::string_view directory) {
  return parts_of(directory) >= kFewestParts && !directory.starts_with("/proc") &&
         !directory.starts_with("/sys");
}

// The directories above a rule, each with the part of it that leads to the rule.
template <class Take>
void for_each_above(std::string_view pattern, const Take& take) {
  std::string_view child = parent_of(pattern);
  for (std::string_view above = parent_of(child); may_be_a_tree(above); above = parent_of(child)) {
    take(above, child);
    child = above;
  }
}

std::map<Tree, std::set<std::string>> trees_in(const std::vector<FileRule>& rules) {
  std::map<Tree, std::set<std::string>> trees;
  for (const FileRule& rule : rules) {
    if (is_exact(rule)) continue;
    for_each_above(rule.pattern, [&](std::string_view above, std::string_view child) {
      trees[{std::string(above), rule.permissions, rule.owner}].emplace(child);
    });
  }
  return trees;
}

bool holds(const Tree& tree, const FileRule& rule) {
  return !is_exact(rule) && rule.permissions == tree.permissions && rule.owner == tree.owner &&
         rule.pattern.size() > tree.directory.size() + 1 &&
         rule.pattern.starts_with(tree.directory + '/');
}

void glob_tree(std::vector<FileRule>& rules, const Tree& tree) {
  std::vector<std::size_t> members;
  for (std::size_t at = 0; at < rules.size(); ++at) {
    if (holds(tree, rules[at])) members.push_back(at);
  }
  if (!members.empty()) replace(rules, members, tree.directory + "/**");
}

void glob_trees(std::vector<FileRule>& rules) {
  for (const auto& [tree, children] : trees_in(rules)) {
    if (children.size() >= kManySiblings) glob_tree(rules, tree);
  }
  sort(rules);
}

// ---- what is said twice -------------------------------------------------------------------------

bool covers(const FileRule& wide, const FileRule& rule) {
  const bool enough = std::ranges::all_of(
      rule.permissions, [&](char permission) { return wide.permissions.contains(permission); });
  return &wide != &rule && enough && (!wide.owner || rule.owner) &&
         std::ranges::all_of(rule.paths, [&](const std::string& path) {
           return policy::apparmor_matches(wide.pattern, path);
         });
}

void drop_covered(std::vector<FileRule>& rules) {
  for (FileRule& rule : rules) {
    if (is_exact(rule)) continue;
    const bool covered = std::ranges::any_of(rules, [&](const FileRule& wide) {
      return wide.pattern.contains('*') && covers(wide, rule);
    });
    if (covered) rule.pattern.clear();
  }
  sort(rules);
}

}  // namespace

void glob_siblings(std::vector<FileRule>& rules) {
  for (const bool with_ending : {true, false}) glob_names(rules, with_ending);
  glob_trees(rules);
  drop_covered(rules);
}

}  // namespace bulkhead::record
