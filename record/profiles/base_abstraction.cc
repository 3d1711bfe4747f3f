#include "record/profiles/base_abstraction.h"

#include <algorithm>
#include <array>

#include "policy/advice/apparmor_glob.h"

namespace bulkhead::record {

namespace {

struct Row {
  std::string_view pattern;
  std::string_view permissions;
};

constexpr std::array<Row, 34> kRows = {{
    {"/dev/log", "w"},
    {"/dev/random", "r"},
    {"/dev/urandom", "r"},
    {"/dev/null", "rw"},
    {"/dev/zero", "rw"},
    {"/dev/full", "rw"},
    {"/etc/locale/**", "r"},
    {"/etc/locale.alias", "r"},
    {"/etc/localtime", "r"},
    {"/etc/bindresvport.blacklist", "r"},
    {"/etc/ld.so.cache", "mr"},
    {"/etc/ld.so.conf", "r"},
    {"/etc/ld.so.conf.d/", "r"},
    {"/etc/ld.so.conf.d/*.conf", "r"},
    {"/etc/ld.so.preload", "r"},
    {"/usr/share/locale/**", "r"},
    {"/usr/share/**/locale/**", "r"},
    {"/usr/share/zoneinfo/", "r"},
    {"/usr/share/zoneinfo/**", "r"},
    {"/usr/share/common-licenses/**", "r"},
    {"/usr/lib{,32,64}/locale/**", "mr"},
    {"/lib{,32,64}/**", "r"},
    {"/usr/lib{,32,64}/**", "r"},
    {"/lib{,32,64}/**.so*", "mr"},
    {"/usr/lib{,32,64}/**.so*", "mr"},
    {"/proc/{meminfo,stat,cpuinfo,filesystems}", "r"},
    {"/proc/sys/kernel/version", "r"},
    {"/proc/sys/kernel/ngroups_max", "r"},
    {"/proc/sys/kernel/cap_last_cap", "r"},
    {"/proc/sys/crypto/*", "r"},
    {"/proc/sys/vm/overcommit_memory", "r"},
    {"/proc/@{pid}/{maps,auxv,status}", "r"},
    {"/sys/devices/system/cpu/", "r"},
    {"/sys/devices/system/cpu/online", "r"},
}};

}  // namespace

bool base_covers(std::string_view path, std::string_view permissions) {
  return std::ranges::any_of(kRows, [&](const Row& row) {
    const bool enough = std::ranges::all_of(
        permissions, [&](char permission) { return row.permissions.contains(permission); });
    return enough && policy::apparmor_matches(row.pattern, path);
  });
}

}  // namespace bulkhead::record
