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

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view line) {
  // Field 2 is the command in parentheses and may hold anything, parentheses as well.
  const std::size_t end_of_command = line.rfind(") ");
  if (end_of_command == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(end_of_command + 2);
  const std::string_view state = take_field(rest);
  const auto parent = parse_decimal(take_field(rest));
  constexpr int kFieldsBetween = 22 - 4 - 1;
  for (int field = 0; field < kFieldsBetween; ++field) (void)take_field(rest);
  const auto start_time = parse_decimal(take_field(rest));
  if (state.size() != 1 || !parent || !start_time) return std::nullopt;
  return ProcessStat{state[0], static_cast<pid_t>(*parent), *start_time};
}

std::optional<ProcessStat> read_process_stat(pid_t pid, const std::string& proc_root) {
  const UniqueFd file(::open(cat(proc_root, '/', pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text) : -1;
  if (size <= 0) return std::nullopt;
  return parse_process_stat({text, static_cast<std::size_t>(size)});
}

}  // namespace bulkhead::base
