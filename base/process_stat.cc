#include "base/process_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::base {

namespace {

// Takes the next field off the front of a line.
std::string_view take_field(std::string_view& rest) {
  const std::string_view field = rest.substr(0, rest.find_first_of(" \n"));
  rest.remove_prefix(std::min(rest.size(), field.size() + 1));
  return field;
}

void skip_fields(std::string_view& rest, int count) {
  for (int field = 0; field < count; ++field) (void)take_field(rest);
}

constexpr std::uint64_t kKernelThread = 0x00200000;  // linux/sched.h, PF_KTHREAD

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  // Field 2 is the command in parentheses and may hold anything, parentheses as well.
  const std::size_t end_of_command = line.rfind(") ");
  if (end_of_command == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(end_of_command + 2);
  const std::string_view state = take_field(rest);
  const auto parent = parse_decimal(take_field(rest));
  skip_fields(rest, 9 - 4 - 1);
  const auto flags = parse_decimal(take_field(rest));
  skip_fields(rest, 22 - 9 - 1);
  const auto start_time = parse_decimal(take_field(rest));
  if (state.size() != 1 || !parent || !flags || !start_time) return std::nullopt;
  return ProcessStat{.state = state[0],
                     .parent = static_cast<pid_t>(*parent),
                     .start_time = *start_time,
                     .is_kernel_thread = (*flags & kKernelThread) != 0};
}

std::optional<ProcessStat> read_process_stat(pid_t pid, const std::string& proc_root) {
  const UniqueFd file(::open(cat(proc_root, '/', pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text) : -1;
  if (size <= 0) return std::nullopt;
  return parse_process_stat({text, static_cast<std::size_t>(size)});
}

}  // namespace bulkhead::base
