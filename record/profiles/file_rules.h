// The file rules of an AppArmor profile that is made of a record. Pure.
//
// Names that differ from start to start become globs, and so do many siblings with the same
// permissions; programs that are executed keep their exact paths. What is written may be read: a
// file that the first start makes is read by the second. `owner` stands where each access was by
// the file's owner, to files that programs make and to those of processes.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "record/values/access.h"

namespace bulkhead::record {

struct FileRule {
  std::string pattern;
  std::string permissions;  // of "mrwakx", in this order
  bool owner = false;
  std::vector<std::string> paths;  // that were seen, and for which it stands
};

struct FileRules {
  std::vector<FileRule> rules;    // sorted by pattern
  bool base = false;              // abstractions/base covers some of what was seen
  std::set<std::string> denied;   // "/proc/sys/kernel/x w": the fallback denies it
  std::set<std::string> foreign;  // paths of the host: a container's root as its engine keeps it
};

// So many siblings become one glob.
inline constexpr std::size_t kManySiblings = 8;

[[nodiscard]] FileRules file_rules_of(const Accesses::Map& accesses);

// What was denied and would be allowed by a rule that stands for more than was seen, a glob, or by
// abstractions/base: rules that deny it, "audit deny /data/key r".
[[nodiscard]] std::set<std::string> denials_within(const FileRules& files,
                                                   const std::set<Access>& denied);

// "owner /tmp/* rw", without comma; an execution stays in the profile.
[[nodiscard]] std::string text_of(const FileRule& rule);

}  // namespace bulkhead::record
