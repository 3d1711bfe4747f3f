#include "conformance/running/observed_mounts.h"

#include <map>
#include <sstream>
#include <vector>

#include "base/text.h"
#include "conformance/values/status_text.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonValue;

// proc_pid_mountinfo(5).
struct Mount {
  std::string root;
  std::vector<std::string> options;  // of the mount and of its file system
  std::string propagation;           // "shared", "slave", "shared slave", "unbindable", "private"
  std::string type;
  std::string source;
};

void add_options(const std::string& list, std::vector<std::string>& options) {
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) options.push_back(word);
}

void add_propagation(const std::string& field, Mount& mount) {
  const std::string_view kind = std::string_view(field).substr(0, field.find(':'));
  const std::string_view word = kind == "master" ? "slave" : kind;
  if (word == "propagate_from") return;
  if (!mount.propagation.empty()) mount.propagation += ' ';
  mount.propagation += word;
}

std::pair<std::string, Mount> parse_mount(const std::string& line) {
  std::istringstream words(line);
  std::string skipped;
  std::string place;
  std::string options;
  Mount mount;
  words >> skipped >> skipped >> skipped >> mount.root >> place >> options;
  add_options(options, mount.options);
  for (std::string field; words >> field && field != "-";) add_propagation(field, mount);
  if (mount.propagation.empty()) mount.propagation = "private";
  words >> mount.type >> mount.source >> options;
  add_options(options, mount.options);
  return {place, mount};
}

std::map<std::string, Mount> mounts_of(std::string_view text) {
  std::map<std::string, Mount> mounts;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    auto [place, mount] = parse_mount(line);
    mounts.insert_or_assign(place, mount);
  }
  return mounts;
}

void write_mount(std::string_view place, const Mount& mount, base::JsonWriter& json) {
  json.begin_object(place);
  json.member("type", mount.type);
  json.member("source", mount.source);
  json.member("root", mount.root);
  json.strings("options", mount.options);
  json.member("propagation", mount.propagation);
  json.end_object();
}

// "5:pids:/a/b" or "0::/a/b": the directory of the file's controller.
std::string group_of(std::string_view text, std::string_view controller) {
  std::string unified;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (names.empty()) unified = cat("/sys/fs/cgroup", path);
    if (cat(',', names, ',').find(cat(',', controller, ',')) != std::string::npos) {
      return cat("/sys/fs/cgroup/", names, path);
    }
  }
  return unified;
}

}  // namespace

Result<void> write_mounts(const Observed& of, const JsonValue& wanted, base::JsonWriter& json) {
  const std::string path = cat("/proc/", of.process, "/mountinfo");
  const auto text = read_proc_file(path);
  if (!text) return base::fail_errno(base::ErrorCode::kernel, "read", path);
  const auto mounts = mounts_of(*text);
  json.begin_object("mounts");
  for (auto member = wanted.first(); member; member = member->next()) {
    const auto mount = mounts.find(std::string(member->key()));
    if (mount != mounts.end()) write_mount(mount->first, mount->second, json);
  }
  json.end_object();
  return {};
}

Result<void> write_cgroup(const Observed& of, const JsonValue& wanted, base::JsonWriter& json) {
  const std::string path = cat("/proc/", of.process, "/cgroup");
  const auto groups = read_proc_file(path);
  if (!groups) return base::fail_errno(base::ErrorCode::kernel, "read", path);
  json.begin_object("cgroup");
  for (auto member = wanted.first(); member; member = member->next()) {
    const std::string_view name = member->key();
    const auto text =
        read_proc_file(cat(group_of(*groups, name.substr(0, name.find('.'))), '/', name));
    if (text) json.member(name, squeezed(*text));
  }
  json.end_object();
  return {};
}

}  // namespace bulkhead::conformance
