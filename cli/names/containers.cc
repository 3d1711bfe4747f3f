#include "cli/names/containers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/directory.h"
#include "base/text.h"
#include "base/times.h"
#include "base/unique_fd.h"
#include "kernel/tasks/observe.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;

constexpr std::size_t kShortestPrefix = 4;

std::string pod_name(const policy::Identity& identity) {
  return base::cat(identity.namespace_, '/', identity.pod);
}

bool is_named(const policy::Identity& identity, std::string_view name) {
  if (identity.id == name || (!identity.container.empty() && identity.container == name))
    return true;
  if (identity.pod.empty()) return false;
  return pod_name(identity) == name ||
         base::cat(pod_name(identity), '/', identity.container) == name;
}

bool begins_with(const policy::Identity& identity, std::string_view name) {
  return name.size() >= kShortestPrefix && identity.id.starts_with(name);
}

base::Error ambiguous(const std::string& name, const std::vector<const ContainerRecord*>& found) {
  std::vector<std::string> ids;
  for (const ContainerRecord* record : found) ids.push_back(short_id(record->identity.id));
  return {base::ErrorCode::usage,
          base::cat(base::quoted(name), " means several containers: ", base::join(ids, ", ")),
          "name one of them by its id"};
}

bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || std::string_view("_.+-").contains(letter);
}

bool has_own_cgroup(const ContainerRecord& record) {
  return !record.cgroup.empty() && record.cgroup != "/";
}

bool is_below(std::string_view cgroup, std::string_view top) {
  return cgroup == top || (cgroup.starts_with(top) && cgroup[top.size()] == '/');
}

std::vector<pid_t> all_processes(const std::string& proc_root) {
  return base::pids_in(base::Directory(proc_root));
}

}  // namespace

bool means(std::string_view name, const policy::Identity& identity) {
  return !name.empty() && (is_named(identity, name) || begins_with(identity, name));
}

base::Result<ContainerRecord> find_container(const std::vector<ContainerRecord>& records,
                                             const std::string& name) {
  for (const auto matches : {is_named, begins_with}) {
    std::vector<const ContainerRecord*> found;
    for (const ContainerRecord& record : records) {
      if (record.identity.id == name) return record;
      if (matches(record.identity, name)) found.push_back(&record);
    }
    if (found.size() == 1) return *found.front();
    if (found.size() > 1) return std::unexpected(ambiguous(name, found));
  }
  return base::fail(
      base::ErrorCode::usage,
      base::cat("there is no container ", base::quoted(name), " that Bulkhead started"),
      "`bulkhead ps` lists them; --pid asks about any process");
}

std::string display_name(const policy::Identity& identity) {
  if (identity.pod.empty()) {
    return identity.container.empty() ? "" : base::quoted(identity.container);
  }
  const std::string last =
      identity.kind == policy::ContainerKind::sandbox ? "(pause)" : identity.container;
  const std::string text = base::cat(pod_name(identity), '/', last);
  const std::string quoted = base::quoted(text);
  return quoted.size() == text.size() + 2 ? text : quoted;
}

std::string short_id(const std::string& id) {
  constexpr std::size_t kShown = 12;
  return std::ranges::all_of(id, is_plain) ? id.substr(0, kShown) : base::quoted(id, kShown * 2);
}

std::string age(const std::string& since, std::time_t now) {
  const auto began = base::seconds_of_utc(since);
  if (!began) return "?";
  const std::time_t seconds = std::max<std::time_t>(now - *began, 0);
  if (seconds < 60) return base::cat(seconds, 's');
  if (seconds < 3600) return base::cat(seconds / 60, 'm');
  if (seconds < 48 * 3600) return base::cat(seconds / 3600, 'h');
  return base::cat(seconds / 86400, 'd');
}

std::vector<pid_t> processes_of(const ContainerRecord& record, const std::string& proc_root) {
  std::vector<pid_t> pids = {record.pid};
  if (!has_own_cgroup(record)) return pids;
  for (const pid_t pid : all_processes(proc_root)) {
    if (pid != record.pid && is_below(kernel::read_cgroup(pid, proc_root), record.cgroup)) {
      pids.push_back(pid);
    }
  }
  return pids;
}

bool is_container_cgroup(std::string_view cgroup) {
  // What containerd, CRI-O, Docker and Podman put into the path, with either control group driver.
  constexpr std::string_view kMarks[] = {"/kubepods", "cri-containerd-", "/crio-",
                                         "/docker/",  "/docker-",        "/libpod-"};
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return cgroup.contains(mark); });
}

std::vector<pid_t> unrecorded_processes(const std::vector<ContainerRecord>& records,
                                        const std::string& proc_root) {
  std::vector<pid_t> pids;
  for (const pid_t pid : all_processes(proc_root)) {
    const std::string cgroup = kernel::read_cgroup(pid, proc_root);
    if (!is_container_cgroup(cgroup)) continue;
    const bool known = std::ranges::any_of(records, [&](const ContainerRecord& record) {
      return record.pid == pid || (has_own_cgroup(record) && is_below(cgroup, record.cgroup));
    });
    if (!known) pids.push_back(pid);
  }
  return pids;
}

std::string command_of(pid_t pid, const std::string& proc_root) {
  // A file of /proc has no size and changes as it is read: base/files.h refuses such.
  const base::UniqueFd file(
      ::open(base::cat(proc_root, '/', pid, "/comm").c_str(), O_RDONLY | O_CLOEXEC));
  char name[64];
  const ssize_t length = file.valid() ? ::read(file.get(), name, sizeof name) : -1;
  if (length <= 0) return "?";
  std::string_view text(name, static_cast<std::size_t>(length));
  if (text.ends_with('\n')) text.remove_suffix(1);
  return std::ranges::all_of(text, is_plain) ? std::string(text) : base::quoted(text);
}

}  // namespace bulkhead::cli
