#include "kernel/tasks/task_status.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/process_stat.h"
#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::quoted;
using base::Result;

namespace {

// The text after "<name>:\t" of a status line.
std::optional<std::string_view> status_value(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t colon = at + name.size();
    if ((at == 0 || text[at - 1] == '\n') && text.substr(colon, 2) == ":\t") {
      const std::string_view rest = text.substr(colon + 2);
      return rest.substr(0, rest.find('\n'));
    }
  }
  return std::nullopt;
}

struct StatusField {
  std::string_view name;
  int base;
  void (*store)(TaskStatus&, std::uint64_t);
};

constexpr std::array<StatusField, 11> kStatusFields = {{
    {"Tgid", 10, [](TaskStatus& s, std::uint64_t n) { s.thread_group = static_cast<pid_t>(n); }},
    {"PPid", 10, [](TaskStatus& s, std::uint64_t n) { s.parent = static_cast<pid_t>(n); }},
    {"TracerPid", 10, [](TaskStatus& s, std::uint64_t n) { s.tracer = static_cast<pid_t>(n); }},
    {"SigCgt", 16, [](TaskStatus& s, std::uint64_t n) { s.caught_signals = n; }},
    {"CapInh", 16, [](TaskStatus& s, std::uint64_t n) { s.capabilities.inheritable = n; }},
    {"CapPrm", 16, [](TaskStatus& s, std::uint64_t n) { s.capabilities.permitted = n; }},
    {"CapEff", 16, [](TaskStatus& s, std::uint64_t n) { s.capabilities.effective = n; }},
    {"CapBnd", 16, [](TaskStatus& s, std::uint64_t n) { s.capabilities.bounding = n; }},
    {"CapAmb", 16, [](TaskStatus& s, std::uint64_t n) { s.capabilities.ambient = n; }},
    {"NoNewPrivs", 10, [](TaskStatus& s, std::uint64_t n) { s.no_new_privileges = n != 0; }},
    {"Seccomp", 10, [](TaskStatus& s, std::uint64_t n) { s.seccomp_mode = static_cast<int>(n); }},
}};

struct IdField {
  std::string_view name;
  policy::TaskIds TaskStatus::*ids;
};

constexpr std::array<IdField, 2> kIdFields = {
    {{"Uid", &TaskStatus::uids}, {"Gid", &TaskStatus::gids}}};

// The numbers of a line, parted by blanks; nothing where a word is no number.
std::optional<std::vector<std::uint32_t>> id_list(std::string_view line) {
  std::vector<std::uint32_t> numbers;
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    if (word.empty()) continue;
    const auto number = base::parse_decimal(word);
    if (!number || *number > UINT32_MAX) return std::nullopt;
    numbers.push_back(static_cast<std::uint32_t>(*number));
  }
  return numbers;
}

std::optional<std::vector<std::uint32_t>> id_line(std::string_view text, std::string_view name) {
  const auto value = status_value(text, name);
  return value ? id_list(*value) : std::nullopt;
}

// User, group and supplementary groups.
Result<void> parse_ids(std::string_view text, std::string_view described, TaskStatus& status) {
  for (const IdField& field : kIdFields) {
    const auto numbers = id_line(text, field.name);
    if (!numbers || numbers->size() != (status.*field.ids).size()) {
      return fail(ErrorCode::kernel, cat(quoted(described), " has no line ", quoted(field.name),
                                         " with four numbers"));
    }
    std::ranges::copy(*numbers, (status.*field.ids).begin());
  }
  auto groups = id_line(text, "Groups");
  if (!groups) {
    return fail(ErrorCode::kernel, cat(quoted(described), " has no line 'Groups' of numbers"));
  }
  status.groups = std::move(*groups);
  return {};
}

// "0::/path" (unified) first, then the line of `pids`, then any.
std::string_view best_cgroup_line(std::string_view text) {
  std::string_view best;
  int best_rank = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const int rank = controllers.empty() && line.substr(second + 1) != "/" ? 3
                     : controllers == "pids"                               ? 2
                                                                           : 1;
    if (rank > best_rank) {
      best_rank = rank;
      best = line.substr(second + 1);
    }
  }
  return best;
}

}  // namespace

Result<TaskStatus> parse_task_status(std::string_view text, std::string_view described) {
  TaskStatus status;
  for (const StatusField& field : kStatusFields) {
    const auto value = status_value(text, field.name);
    if (!value) {
      return fail(ErrorCode::kernel, cat(quoted(described), " has no line ", quoted(field.name)));
    }
    std::uint64_t number = 0;
    const char* end = value->data() + value->size();
    const auto parsed = std::from_chars(value->data(), end, number, field.base);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      return fail(ErrorCode::kernel, cat(quoted(described), ": line ", quoted(field.name), " says ",
                                         quoted(*value), ", which is no number"));
    }
    field.store(status, number);
  }
  const auto filters = status_value(text, "Seccomp_filters");
  status.filters = filters ? base::parse_decimal(*filters).value_or(0) : 0;
  if (auto ids = parse_ids(text, described, status); !ids) {
    return std::unexpected(std::move(ids.error()));
  }
  return status;
}

Result<TaskStatus> read_task_status(pid_t pid, const std::string& proc_root) {
  const std::string path = proc_path(proc_root, pid, "status");
  const auto text = read_proc_file(path);
  if (!text) return std::unexpected(text.error());
  return parse_task_status(*text, path);
}

Result<std::uint64_t> read_start_time(pid_t pid, const std::string& proc_root) {
  const std::string path = proc_path(proc_root, pid, "stat");
  const auto text = read_proc_file(path);
  if (!text) return std::unexpected(text.error());
  const auto process = base::parse_process_stat(*text);
  if (!process) return fail(ErrorCode::kernel, cat(quoted(path), " has no start time in field 22"));
  return process->start_time;
}

std::string read_cgroup(pid_t pid, const std::string& proc_root) {
  const auto text = read_proc_file(proc_path(proc_root, pid, "cgroup"));
  return text ? std::string(best_cgroup_line(*text)) : std::string();
}

}  // namespace bulkhead::kernel
