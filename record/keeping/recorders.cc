#include "record/keeping/recorders.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/apparmor/recording_profile.h"
#include "kernel/tasks/task_status.h"
#include "record/keeping/state_file.h"
#include "record/keeping/store.h"

namespace bulkhead::record {

using base::cat;
using base::Result;

namespace {

constexpr std::size_t kMostBytes = 4096;

std::string directory_of(const base::Paths& paths) { return paths.state + "/recorders"; }

// "4711 123456": one process of one boot.
std::string line_of(pid_t process) {
  const auto start_time = kernel::read_start_time(process);
  return start_time ? cat(process, ' ', *start_time) : std::string();
}

std::vector<std::string> holders_in(const std::string& path) {
  std::vector<std::string> holders;
  const auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMostBytes});
  std::string_view rest = content ? std::string_view(content->bytes) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    holders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return holders;
}

bool lives(const std::string& holder) {
  const auto process = base::parse_decimal(std::string_view(holder).substr(0, holder.find(' ')));
  return process && *process <= INT32_MAX && line_of(static_cast<pid_t>(*process)) == holder;
}

Result<void> load(const kernel::AppArmorPlaces& places, const std::string& name,
                  const std::string& about, const std::string& rules) {
  auto loaded = kernel::load_recorder({.name = name, .rules = rules, .about = about}, places);
  if (loaded || rules.empty()) return loaded;
  // What is known already is recorded once more, rather than nothing.
  return kernel::load_recorder({.name = name, .rules = {}, .about = about}, places);
}

std::string path_of_record(const base::Paths& paths, std::string_view record) {
  return cat(record_directory(paths), '/', record, ".json");
}

}  // namespace

Result<std::string> load_new_recorder(const base::Paths& paths,
                                      const kernel::AppArmorPlaces& places, std::string_view record,
                                      const std::string& rules) {
  remove_ended_recorders(paths, places);
  std::string name = kernel::new_recorder_name(record);
  // First, so that whoever is killed in between leaves no profile that nobody takes away.
  if (auto held = replace_in(directory_of(paths), name, line_of(::getpid()) + '\n'); !held) {
    return std::unexpected(std::move(held.error()));
  }
  if (auto loaded = load(places, name, path_of_record(paths, record), rules); !loaded) {
    ::unlink(cat(directory_of(paths), '/', name).c_str());
    return std::unexpected(std::move(loaded.error()));
  }
  return name;
}

Result<void> reload_recorder(const base::Paths& paths, const kernel::AppArmorPlaces& places,
                             const std::string& name, std::string_view record,
                             const std::string& rules) {
  const auto holders = holders_in(cat(directory_of(paths), '/', name));
  if (std::ranges::none_of(holders, lives)) return {};
  return load(places, name, path_of_record(paths, record), rules);
}

void silence_recorder(const base::Paths& paths, const kernel::AppArmorPlaces& places,
                      const std::string& name, std::string_view record) {
  if (std::ranges::none_of(holders_in(cat(directory_of(paths), '/', name)), lives)) return;
  (void)kernel::load_recorder(
      {.name = name, .rules = {}, .about = path_of_record(paths, record), .silent = true}, places);
}

kernel::AppArmorPlaces recorder_places(const base::Paths& paths) {
  kernel::AppArmorPlaces places;
  places.cache = paths.cache;
  places.state = paths.state;
  return places;
}

void hold_recorder(const base::Paths& paths, const std::string& name, pid_t process) {
  std::string lines;
  for (const std::string& holder : holders_in(cat(directory_of(paths), '/', name))) {
    if (lives(holder)) lines += holder + '\n';
  }
  (void)replace_in(directory_of(paths), name, cat(lines, line_of(process), '\n'));
}

void remove_ended_recorders(const base::Paths& paths, const kernel::AppArmorPlaces& places) {
  const std::string directory = directory_of(paths);
  for (const std::string& name : base::names_in(base::Directory(directory))) {
    const std::string path = cat(directory, '/', name);
    if (name.starts_with('.') || std::ranges::any_of(holders_in(path), lives)) continue;
    if (kernel::remove_recorder(name, places)) ::unlink(path.c_str());
  }
}

}  // namespace bulkhead::record
