// The containers that Bulkhead has records of, and how people name them.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "audit/records/engine_names.h"
#include "audit/records/record.h"
#include "base/error.h"

namespace bulkhead::cli {

// Whether people mean this container by what they typed: its id or the beginning of it (at least 4
// characters), its name, its pod's name, "namespace/pod" or "namespace/pod/container", or ROOT/ID
// with the runtime's root.
[[nodiscard]] bool means(std::string_view name, const policy::Identity& identity);

// The containers that somebody asked for: by a name as above, or by one that only their engine
// knows.
struct WantedContainers {
  std::string name;              // empty: every container
  std::vector<std::string> ids;  // of those that their engine calls so
  [[nodiscard]] bool contain(const policy::Identity& identity) const;
};

// The one record that `name` means; the beginning of an id only where nothing is called so, a
// pause container only where nothing else is meant, and one that has ended only where none that
// runs is: whoever deletes a container around the shim leaves its record until the next start. A
// bundle names its container, too. Error: usage, when none or more than one does, with what tells
// them apart or the nearest name.
[[nodiscard]] base::Result<audit::ContainerRecord> find_container(
    const std::vector<audit::ContainerRecord>& records, const std::string& name,
    const audit::EngineNames& engine_names = {}, const std::string& proc_root = "/proc");

// What means() takes, of one container, and what its engine calls it.
[[nodiscard]] std::vector<std::string> names_people_use(const policy::Identity& identity,
                                                        const std::string& engine_name = {});
// "; did you mean 'web'?" of the nearest of the names; empty where none is near.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& names);
// The same of the names of these containers.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<audit::ContainerRecord>& records,
                                       const audit::EngineNames& engine_names);

// "shop/web/app", or the container's name, or what its engine calls it, or nothing.
[[nodiscard]] std::string display_name(const policy::Identity& identity,
                                       const std::string& engine_name = {});
// The first 12 characters of an id as engines show it, quoted where it holds anything unusual.
[[nodiscard]] std::string short_id(const std::string& id);

// How each of them is shown: by short_id() or, where several have one id, by what tells them apart:
// ROOT/ID, or the bundle where the root is not known.
[[nodiscard]] std::vector<std::string> names_of(const std::vector<audit::ContainerRecord>& records);

// "42s", "5m", "3h", "2d" since an RFC 3339 time in UTC; "?" when it is none.
[[nodiscard]] std::string age(const std::string& since, std::time_t now);

// "sh" of /proc/<pid>/comm, quoted; "?" when it cannot be read.
[[nodiscard]] std::string command_of(pid_t pid, const std::string& proc_root);

}  // namespace bulkhead::cli
