#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "admission/examine.h"
#include "audit/records/record.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/names/programs.h"
#include "cli/profiles/profile_file.h"
#include "cli/status/node_status.h"
#include "kernel/observe/observe.h"

namespace bulkhead::cli {

namespace {

// A file of /proc/sys; empty when it cannot be read. Such files have no size, so base/files.h is
// not for them.
std::string read_setting(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  const ssize_t length = file.valid() ? ::read(file.get(), text, sizeof text) : -1;
  std::string value(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  while (value.ends_with('\n')) value.pop_back();
  return value;
}

// Stacks, hats and other namespaces are not in the kernel's list under the label's name.
bool is_plain_name(const std::string& label) {
  return !label.empty() && !label.starts_with(':') && label.find("//") == std::string::npos;
}

std::vector<std::string> lost_profiles(const policy::AppArmorFacts& apparmor,
                                       const base::Paths& paths, const std::string& proc) {
  std::set<std::string> lost;
  const auto list = audit::read_records(paths);
  if (!apparmor.enabled || !list) return {};
  for (const audit::ContainerRecord& record : list->records) {
    if (is_plain_name(record.apparmor) && record.apparmor != "unconfined" &&
        !apparmor.loaded.contains(record.apparmor) && !audit::is_stale(record, proc)) {
      lost.insert(record.apparmor);
    }
  }
  return {lost.begin(), lost.end()};
}

}  // namespace

base::Result<NodeStatus> read_node_status(const base::Paths& paths, const std::string& root) {
  const auto tree = RootTree::open(root);
  if (!tree) return std::unexpected(tree.error());
  auto facts = node_facts(root);
  if (!facts) return std::unexpected(std::move(facts.error()));
  NodeStatus status{.shim_path = find_own(root, "bulkhead-shim"),
                    .hook_path = find_own(root, "bulkhead-hook"),
                    .facts = std::move(*facts)};
  if (auto policy = admission::load_policy(paths)) {
    status.policy = std::move(*policy);
  } else {
    status.policy_error = policy.error().sentence();
  }
  const std::string proc = root + "/proc";
  if (const auto scope =
          base::parse_decimal(read_setting(proc + "/sys/kernel/yama/ptrace_scope"))) {
    status.ptrace_scope = static_cast<unsigned>(*scope);
  }
  status.denials = read_denial_status(paths, root, status.policy ? &*status.policy : nullptr);
  status.denials.actions_logged = read_setting(proc + "/sys/kernel/seccomp/actions_logged");
  status.lost_profiles = lost_profiles(status.facts.apparmor, paths, proc);
  status.filtered_itself = kernel::is_filtered_itself();
  if (const auto can = kernel::check_can_dump_filters(proc); !can) {
    status.dump_problem = can.error().sentence();
  }
  status.engines = find_engines(*tree);
  return status;
}

}  // namespace bulkhead::cli
