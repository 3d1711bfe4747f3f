#include "conformance/running/needs.h"

#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "conformance/values/status_text.h"
#include "kernel/observe/observe.h"
#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::conformance {

namespace {

using base::cat;

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

bool has_apparmor(std::string_view) {
  return read_proc_file("/sys/module/apparmor/parameters/enabled").value_or("").starts_with('Y');
}
bool has_no_apparmor(std::string_view rest) { return !has_apparmor(rest); }

bool is_root(std::string_view) { return ::geteuid() == 0 && !kernel::is_in_user_namespace(); }

bool is_x86_64(std::string_view) {
  return oci_config::native_arch() == oci_config::SeccompArch::x86_64;
}
bool has_x86_calls(std::string_view rest) {
  return is_x86_64(rest) && is_there("/proc/sys/abi/vsyscall32");
}

bool has_controller(std::string_view name) {
  const std::string listed =
      cat(' ', squeezed(read_proc_file("/sys/fs/cgroup/cgroup.controllers").value_or("")), ' ');
  return is_there(cat("/sys/fs/cgroup/", name, "/tasks")) ||
         listed.find(cat(' ', name, ' ')) != std::string::npos;
}

bool is_loaded(std::string_view profile) {
  const auto list = read_proc_file("/sys/kernel/security/apparmor/profiles").value_or("");
  return cat('\n', list).find(cat('\n', profile, " (")) != std::string::npos;
}

bool is_path(std::string_view path) { return is_there(std::string(path)); }

bool has_capability(std::string_view name) {
  const std::string status = read_proc_file("/proc/self/status").value_or("");
  const std::size_t at = status.find("CapEff:");
  const auto number = oci_config::capability_number(name);
  if (at == std::string::npos || !number) return false;
  return ((std::strtoull(status.c_str() + at + 7, nullptr, 16) >> *number) & 1) != 0;
}

struct Need {
  std::string_view begins;  // what follows is the argument
  bool (*met)(std::string_view rest);
  std::string_view otherwise;
};

constexpr Need kNeeds[] = {
    {"root", is_root, "it takes the node's own root"},
    {"apparmor", has_apparmor, "AppArmor is off"},
    {"no-apparmor", has_no_apparmor, "AppArmor is on"},
    {"x86_64", is_x86_64, "this machine is no x86_64"},
    {"x86-calls", has_x86_calls, "this kernel takes no 32-bit calls"},
    {"cgroup ", has_controller, "there is no such controller of control groups"},
    {"profile ", is_loaded, "this AppArmor profile is not loaded"},
    {"path ", is_path, "it is not there"},
};

}  // namespace

std::string missing(const std::string& need) {
  if (need.starts_with("CAP_")) {
    return has_capability(need) ? "" : cat("this process has no ", need);
  }
  for (const Need& row : kNeeds) {
    const bool takes = row.begins.ends_with(' ');
    if (takes ? !need.starts_with(row.begins) : need != row.begins) continue;
    const std::string_view rest = std::string_view(need).substr(row.begins.size());
    return row.met(rest) ? "" : cat(takes ? cat(rest, ": ") : "", row.otherwise);
  }
  return cat("nobody knows what ", base::quoted(need), " is");
}

}  // namespace bulkhead::conformance
