// Where AppArmor's things are on a node. Every one is a parameter, so that readers test on a tree
// of their own.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::kernel {

struct AppArmorPlaces {
  std::vector<std::string> roots = {"/etc/apparmor.d"};  // the policy's profile_roots.apparmor
  std::string base = "/etc/apparmor.d";  // abstractions/, tunables/, disable/, force-complain/
  std::string parser_settings = "/etc/apparmor/parser.conf";
  std::vector<std::string> parsers = {"/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"};
  std::string securityfs = "/sys/kernel/security/apparmor";
  std::string cache = "/var/cache/bulkhead";  // base::Paths::cache; apparmor/ below it is ours
  std::string state = "/run/bulkhead";        // base::Paths::state; apparmor/ below it holds locks
};

}  // namespace bulkhead::kernel
