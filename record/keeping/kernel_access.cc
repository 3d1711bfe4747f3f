#include "record/keeping/kernel_access.h"

#include <algorithm>

#include "base/text.h"
#include "policy/values/apparmor_recorder.h"

namespace bulkhead::record {

using audit::AppArmorRecord;
using base::cat;

namespace {

constexpr std::string_view kNull = "//null-";
constexpr std::string_view kStacked = "//&";

const std::string& mask_of(const AppArmorRecord& facts) {
  return facts.denied.empty() ? facts.requested : facts.denied;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + separator.size(), text.size()));
  }
  return parts;
}

// "/proc/812/task/815/stat" → "/proc/1/task/1/stat"
void hide_number_behind(std::string& path, std::string_view directory) {
  if (!path.starts_with(directory)) return;
  const std::size_t begin = directory.size();
  const std::size_t end = std::min(path.find_first_not_of("0123456789", begin), path.size());
  if (end > begin && (end == path.size() || path[end] == '/')) {
    path.replace(begin, end - begin, "1");
  }
}

std::string path_of(std::string path) {
  hide_number_behind(path, "/proc/");
  hide_number_behind(path, "/proc/1/task/");
  return path;
}

// Whose process it is: empty for one of the same container; else its label without recorders.
std::string peer_of(const AppArmorRecord& facts) {
  const std::string_view own = without_null_profiles(facts.profile);
  std::string peer;
  for (const std::string_view member : split(facts.peer, kStacked)) {
    const std::string_view name = without_null_profiles(member);
    if (name == own) return {};
    if (policy::is_recorder(name)) continue;
    if (!peer.empty()) peer += kStacked;
    peer += member;
  }
  return peer;
}

// A create, a delete and a change of attributes are writes to AppArmor's rules (apparmor.d(5)).
char permission_of(char recorded) {
  if (recorded == 'c' || recorded == 'd') return 'w';
  return std::string_view("rwakmx").contains(recorded) ? recorded : '\0';
}

std::vector<Access> file_accesses(const AppArmorRecord& facts) {
  std::vector<Access> accesses;
  for (const char recorded : mask_of(facts)) {
    const char permission = permission_of(recorded);
    Access access{.object = path_of(facts.name), .permission = std::string(1, permission)};
    if (permission == '\0' || std::ranges::find(accesses, access) != accesses.end()) continue;
    accesses.push_back(std::move(access));
  }
  return accesses;
}

std::vector<Access> accesses_to_peer(AccessKind kind, const AppArmorRecord& facts) {
  std::vector<Access> accesses;
  for (const std::string_view permission : split(mask_of(facts), " ")) {
    accesses.push_back({.kind = kind,
                        .object = peer_of(facts),
                        .detail = facts.signal,
                        .permission = std::string(permission)});
  }
  return accesses;
}

bool is_mount(std::string_view operation) {
  return operation == "mount" || operation == "umount" || operation == "pivotroot";
}

std::vector<Access> socket_access(const AppArmorRecord& facts) {
  if (facts.family == "unix") {
    return {{.kind = AccessKind::unix_socket, .object = facts.socket_type}};
  }
  return {{.kind = AccessKind::network, .object = facts.family, .detail = facts.socket_type}};
}

// ---- of a line of the log -----------------------------------------------------------------------

// "signal term, peer web" → "term", for the key "signal".
std::string word_of(std::string_view object, std::string_view key) {
  const std::string name = cat(key, ' ');
  if (!object.starts_with(name)) return {};
  const std::string_view rest = object.substr(name.size());
  return std::string(rest.substr(0, rest.find(", ")));
}

// To the end: a label or a path may hold ", ".
std::string rest_behind(std::string_view object, std::string_view words) {
  return object.starts_with(words) ? std::string(object.substr(words.size())) : std::string();
}

std::string peer_in(std::string_view object, std::string_view signal) {
  return rest_behind(object, signal.empty() ? "peer " : cat("signal ", signal, ", peer "));
}

AppArmorRecord facts_of(const audit::Denial& denial) {
  const std::string_view object = denial.object;
  AppArmorRecord facts{.operation = denial.operation,
                       .profile = denial.profile,
                       .name = denial.path,
                       .requested = denial.requested,
                       .denied = denial.denied,
                       .capability = word_of(object, "capability"),
                       .family = word_of(object, "network"),
                       .signal = word_of(object, "signal")};
  facts.socket_type = word_of(rest_behind(object, cat("network ", facts.family, ", ")), "type");
  facts.peer = peer_in(object, facts.signal);
  if (denial.operation == "link") facts.target = rest_behind(object, "target ");
  return facts;
}

}  // namespace

std::string_view without_null_profiles(std::string_view profile) {
  return profile.substr(0, profile.find(kNull));
}

std::optional<std::string> recorder_of(const AppArmorRecord& facts) {
  const std::string_view name = without_null_profiles(facts.profile);
  const bool is_ours = facts.space.ends_with(cat("//", policy::kRecorderSpace)) &&
                       name.starts_with(policy::kRecorderPrefix);
  return is_ours ? std::optional<std::string>(name) : std::nullopt;
}

std::vector<Access> accesses_of(const AppArmorRecord& facts) {
  if (!facts.capability.empty()) {
    return {{.kind = AccessKind::capability, .object = facts.capability}};
  }
  if (is_mount(facts.operation)) {
    return {{.kind = AccessKind::mount, .object = facts.name, .detail = facts.operation}};
  }
  if (!facts.family.empty()) return socket_access(facts);
  if (facts.operation == "signal") return accesses_to_peer(AccessKind::signal, facts);
  if (facts.operation == "ptrace") return accesses_to_peer(AccessKind::ptrace, facts);
  if (facts.operation == "link") {
    return {{.kind = AccessKind::link, .object = path_of(facts.name), .detail = facts.target}};
  }
  if (facts.name.starts_with('/')) {
    auto accesses = file_accesses(facts);
    if (!accesses.empty()) return accesses;
  }
  return {{.kind = AccessKind::other, .object = facts.operation, .detail = facts.name}};
}

std::vector<Access> accesses_of(const audit::Denial& denial) {
  return accesses_of(facts_of(denial));
}

bool is_by_owner(const AppArmorRecord& facts) { return facts.user && facts.user == facts.owner; }

}  // namespace bulkhead::record
