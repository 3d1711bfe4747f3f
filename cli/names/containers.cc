#include "cli/names/containers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>

#include "base/text.h"
#include "base/times.h"
#include "base/unique_fd.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;

constexpr std::size_t kShortestPrefix = 4;

std::string pod_name(const policy::Identity& identity) {
  return base::cat(identity.namespace_, '/', identity.pod);
}

// What no other container has.
std::string full_name(const ContainerRecord& record) {
  const policy::Identity& identity = record.identity;
  return identity.runtime_root.empty() ? record.bundle
                                       : base::cat(identity.runtime_root, '/', identity.id);
}

std::string name_in_pod(const policy::Identity& identity) {
  return base::cat(pod_name(identity), '/', identity.container);
}

bool is_named(const policy::Identity& identity, std::string_view name) {
  if (!identity.runtime_root.empty() &&
      base::cat(identity.runtime_root, '/', identity.id) == name) {
    return true;
  }
  if (identity.id == name || (!identity.container.empty() && identity.container == name))
    return true;
  return !identity.pod.empty() && (pod_name(identity) == name || name_in_pod(identity) == name);
}

bool is_of_pod(const policy::Identity& identity, std::string_view name) {
  return !identity.pod.empty() && identity.pod == name;
}

bool begins_with(const policy::Identity& identity, std::string_view name) {
  return name.size() >= kShortestPrefix && identity.id.starts_with(name);
}

std::string plain_or_quoted(const std::string& text) {
  const std::string quoted = base::quoted(text);
  return quoted.size() == text.size() + 2 ? text : quoted;
}

base::Error ambiguous(const std::string& name, const std::vector<ContainerRecord>& found) {
  const bool one_id = std::ranges::all_of(found, [&](const ContainerRecord& record) {
    return record.identity.id == found.front().identity.id;
  });
  return {base::ErrorCode::usage,
          base::cat(base::quoted(name),
                    " means several containers: ", base::join(names_of(found), ", ")),
          one_id ? "name one of them as it stands here" : "name one of them by its id"};
}

using Matches = bool (*)(const ContainerRecord& record, const WantedContainers& wanted);
// What counts more comes first.
constexpr Matches kMatches[] = {
    [](const ContainerRecord& record, const WantedContainers& wanted) {
      return record.identity.id == wanted.name || full_name(record) == wanted.name;
    },
    [](const ContainerRecord& record, const WantedContainers& wanted) {
      return is_named(record.identity, wanted.name) || record.bundle == wanted.name ||
             std::ranges::find(wanted.ids, record.identity.id) != wanted.ids.end();
    },
    [](const ContainerRecord& record, const WantedContainers& wanted) {
      return is_of_pod(record.identity, wanted.name);
    },
    [](const ContainerRecord& record, const WantedContainers& wanted) {
      return begins_with(record.identity, wanted.name);
    },
};

bool is_pause(const ContainerRecord& record) {
  return record.identity.kind == policy::ContainerKind::sandbox;
}

std::vector<ContainerRecord> matching(const std::vector<ContainerRecord>& records,
                                      const WantedContainers& wanted, Matches matches) {
  std::vector<ContainerRecord> found;
  for (const ContainerRecord& record : records) {
    if (matches(record, wanted)) found.push_back(record);
  }
  if (!std::ranges::all_of(found, is_pause)) std::erase_if(found, is_pause);
  return found;
}

void leave_those_that_run(std::vector<ContainerRecord>& found, const std::string& proc_root) {
  const auto has_ended = [&](const ContainerRecord& record) {
    return audit::is_stale(record, proc_root);
  };
  if (!std::ranges::all_of(found, has_ended)) std::erase_if(found, has_ended);
}

base::Error unknown_name(const std::vector<ContainerRecord>& records, const std::string& name,
                         const audit::EngineNames& engine_names) {
  return {base::ErrorCode::usage,
          base::cat("there is no container ", base::quoted(name), " that Bulkhead started",
                    did_you_mean(name, records, engine_names)),
          "`bulkhead ps` lists them; --pid asks about any process"};
}

bool is_plain(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || std::string_view("_.+-").contains(letter);
}

}  // namespace

bool means(std::string_view name, const policy::Identity& identity) {
  return !name.empty() &&
         (is_named(identity, name) || is_of_pod(identity, name) || begins_with(identity, name));
}

bool WantedContainers::contain(const policy::Identity& identity) const {
  return name.empty() || means(name, identity) || std::ranges::find(ids, identity.id) != ids.end();
}

base::Result<ContainerRecord> find_container(const std::vector<ContainerRecord>& records,
                                             const std::string& name,
                                             const audit::EngineNames& engine_names,
                                             const std::string& proc_root) {
  const WantedContainers wanted{name, engine_names.ids_of(name)};
  for (const Matches matches : kMatches) {
    auto found = matching(records, wanted, matches);
    if (found.size() > 1) leave_those_that_run(found, proc_root);
    if (found.size() == 1) return found.front();
    if (found.size() > 1) return std::unexpected(ambiguous(name, found));
  }
  return std::unexpected(unknown_name(records, name, engine_names));
}

std::vector<std::string> names_people_use(const policy::Identity& identity,
                                          const std::string& engine_name) {
  std::vector<std::string> names = {identity.id};
  if (!identity.container.empty()) names.push_back(identity.container);
  if (!identity.pod.empty()) {
    for (std::string name : {identity.pod, pod_name(identity), name_in_pod(identity)}) {
      names.push_back(std::move(name));
    }
  }
  if (!engine_name.empty()) names.push_back(engine_name);
  return names;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
  const auto near = base::nearest(name, {names.begin(), names.end()});
  return near ? base::cat("; did you mean ", base::quoted(*near), '?') : std::string();
}

std::string did_you_mean(std::string_view name, const std::vector<ContainerRecord>& records,
                         const audit::EngineNames& engine_names) {
  std::vector<std::string> names;
  for (const ContainerRecord& record : records) {
    std::ranges::move(names_people_use(record.identity, engine_names.of(record.identity.id)),
                      std::back_inserter(names));
  }
  return did_you_mean(name, names);
}

std::string display_name(const policy::Identity& identity, const std::string& engine_name) {
  if (identity.pod.empty()) {
    const std::string& name = identity.container.empty() ? engine_name : identity.container;
    return name.empty() ? "" : plain_or_quoted(name);
  }
  const std::string last =
      identity.kind == policy::ContainerKind::sandbox ? "(pause)" : identity.container;
  return plain_or_quoted(base::cat(pod_name(identity), '/', last));
}

std::string short_id(const std::string& id) {
  constexpr std::size_t kShown = 12;
  return std::ranges::all_of(id, is_plain) ? id.substr(0, kShown) : base::quoted(id, kShown * 2);
}

std::vector<std::string> names_of(const std::vector<ContainerRecord>& records) {
  std::map<std::string_view, int> of_id;
  for (const ContainerRecord& record : records) ++of_id[record.identity.id];
  std::vector<std::string> names;
  for (const ContainerRecord& record : records) {
    const bool shared = of_id[record.identity.id] > 1;
    names.push_back(shared ? plain_or_quoted(full_name(record)) : short_id(record.identity.id));
  }
  return names;
}

std::string age(const std::string& since, std::time_t now) {
  const auto began = base::seconds_of_utc(since);
  if (!began) return "?";
  const std::time_t seconds = std::max<std::time_t>(now - *began, 0);
  if (seconds < 60) return base::cat(seconds, 's');
  if (seconds < 3600) return base::cat(seconds / 60, 'm');
  if (seconds < std::time_t{48} * 3600) return base::cat(seconds / 3600, 'h');
  return base::cat(seconds / 86400, 'd');
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
