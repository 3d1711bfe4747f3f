#include "kernel/observe/observe_user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;
using oci_config::IdMapping;
using policy::ObservedUser;

namespace {

// The next run of characters that are no blanks; takes it off the text.
std::string_view next_word(std::string_view& text) {
  constexpr std::string_view kBlanks = " \t";
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlanks)));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

Result<IdMapping> parse_mapping(std::string_view line, std::string_view described) {
  std::array<std::uint32_t, 3> numbers = {};
  for (std::uint32_t& number : numbers) {
    const auto value = base::parse_decimal(next_word(line));
    if (!value || *value > UINT32_MAX) {
      return fail(ErrorCode::kernel,
                  cat(base::quoted(described), " has a line that is not three numbers"));
    }
    number = static_cast<std::uint32_t>(*value);
  }
  return IdMapping{.container_id = numbers[0], .host_id = numbers[1], .size = numbers[2]};
}

Result<std::vector<IdMapping>> read_id_map(const std::string& path) {
  const auto text = read_proc_file(path);
  if (!text) return std::unexpected(text.error());
  return parse_id_map(*text, path);
}

// execve(2) takes the owner of a set-user-ID program, and the group of a set-group-ID one that its
// group may execute.
Result<void> observe_program(pid_t stopped, const std::string& proc_root, ObservedUser& user) {
  const std::string path = proc_path(proc_root, stopped, "exe");
  struct stat program = {};
  if (::stat(path.c_str(), &program) != 0) return fail_errno(ErrorCode::kernel, "look at", path);
  if ((program.st_mode & S_ISUID) != 0) user.program_owner = program.st_uid;
  constexpr mode_t kSetGroup = S_ISGID | S_IXGRP;
  if ((program.st_mode & kSetGroup) == kSetGroup) user.program_group = program.st_gid;
  return {};
}

Result<std::vector<std::uint32_t>> own_groups() {
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count < 0 || ::getgroups(count, groups.data()) != count) {
    return fail_errno(ErrorCode::kernel, "read", "the groups of this process");
  }
  return groups;
}

// Only where there are groups does it matter which ones came from the caller.
Result<void> observe_callers_groups(pid_t stopped, const std::string& proc_root,
                                    ObservedUser& user) {
  if (user.groups.empty()) return {};
  const auto setgroups = read_proc_file(proc_path(proc_root, stopped, "setgroups"));
  if (!setgroups) return std::unexpected(setgroups.error());
  user.groups_are_fixed = setgroups->starts_with("deny");
  auto groups = own_groups();
  if (!groups) return std::unexpected(std::move(groups.error()));
  user.caller_groups = std::move(*groups);
  return {};
}

Result<void> observe_mappings(pid_t stopped, const std::string& proc_root, ObservedUser& user) {
  auto uids = read_id_map(proc_path(proc_root, stopped, "uid_map"));
  if (!uids) return std::unexpected(std::move(uids.error()));
  auto gids = read_id_map(proc_path(proc_root, stopped, "gid_map"));
  if (!gids) return std::unexpected(std::move(gids.error()));
  user.uid_mappings = std::move(*uids);
  user.gid_mappings = std::move(*gids);
  return {};
}

bool differ(const policy::TaskIds& ids) { return ids[0] != ids[1]; }

}  // namespace

Result<std::vector<IdMapping>> parse_id_map(std::string_view text, std::string_view described) {
  std::vector<IdMapping> mappings;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto mapping = parse_mapping(line, described);
    if (!mapping) return std::unexpected(mapping.error());
    mappings.push_back(*mapping);
  }
  return mappings;
}

Result<ObservedUser> observe_user(pid_t stopped, TaskStatus status, bool with_mappings,
                                  const std::string& proc_root) {
  ObservedUser user{.uids = status.uids, .gids = status.gids, .groups = std::move(status.groups)};
  Result<void> done = observe_callers_groups(stopped, proc_root, user);
  // A set-user-ID program is only of interest where it took effect.
  if (done && (differ(user.uids) || differ(user.gids))) {
    done = observe_program(stopped, proc_root, user);
  }
  if (done && with_mappings) done = observe_mappings(stopped, proc_root, user);
  if (!done) return std::unexpected(std::move(done.error()));
  return user;
}

}  // namespace bulkhead::kernel
