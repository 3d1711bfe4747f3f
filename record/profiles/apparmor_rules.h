// The rules of an AppArmor profile that is made of a record, but for its files (file_rules.h).
// Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "record/values/access.h"

namespace bulkhead::record {

// Without commas; sorted. The order of the members is that of a profile.
struct AppArmorRules {
  std::set<std::string> capabilities;
  std::set<std::string> sockets;
  std::set<std::string> peers;  // signals, ptrace
  std::set<std::string> links;
  std::set<std::string> unmounts;
  std::set<std::string> left_out;  // for people: what there is no rule for, quoted
};

// For people: "network 'inet' 'stream'".
[[nodiscard]] std::string in_words(const Access& access);

// `name`: of the profile, which its own processes are labelled with.
[[nodiscard]] AppArmorRules apparmor_rules_of(const Accesses::Map& accesses, std::string_view name);

}  // namespace bulkhead::record
