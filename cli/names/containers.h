// The containers that Bulkhead has records of, and how people name them.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "audit/records/record.h"
#include "base/error.h"

namespace bulkhead::cli {

// Whether people mean this container by what they typed: its id or the beginning of it (at least 4
// characters), its name, "namespace/pod" or "namespace/pod/container".
[[nodiscard]] bool means(std::string_view name, const policy::Identity& identity);

// The one record that `name` means; the beginning of an id only where nothing is called so. Error:
// usage, when none or more than one does.
[[nodiscard]] base::Result<audit::ContainerRecord> find_container(
    const std::vector<audit::ContainerRecord>& records, const std::string& name);

// "shop/web/app", or the container's name, or nothing.
[[nodiscard]] std::string display_name(const policy::Identity& identity);
// The first 12 characters of an id as engines show it, quoted where it holds anything unusual.
[[nodiscard]] std::string short_id(const std::string& id);

// "42s", "5m", "3h", "2d" since an RFC 3339 time in UTC; "?" when it is none.
[[nodiscard]] std::string age(const std::string& since, std::time_t now);

// Every process below /proc whose control group is the container's or below it, the init first.
// Only the init where the record knows no control group of its own.
[[nodiscard]] std::vector<pid_t> processes_of(const audit::ContainerRecord& record,
                                              const std::string& proc_root);

// Processes whose control group is named as engines name those of containers, and that belong to no
// record: what started before Bulkhead, or past it.
[[nodiscard]] std::vector<pid_t> unrecorded_processes(
    const std::vector<audit::ContainerRecord>& records, const std::string& proc_root);

// Whether engines name the control groups of containers so: "/kubepods/…", "…/docker-<id>.scope".
[[nodiscard]] bool is_container_cgroup(std::string_view cgroup);

// "sh" of /proc/<pid>/comm, quoted; "?" when it cannot be read.
[[nodiscard]] std::string command_of(pid_t pid, const std::string& proc_root);

}  // namespace bulkhead::cli
