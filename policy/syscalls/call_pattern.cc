#include "policy/syscalls/call_pattern.h"

#include <algorithm>

#include "base/text.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

constexpr std::size_t kArguments = 6;

bool has_a_number(std::string_view name) {
  return std::ranges::any_of(syscall_arches(), [&](oci_config::SeccompArch arch) {
    return syscall_number(arch, name).has_value();
  });
}

std::unexpected<base::Error> unknown_call(std::string_view name) {
  if (is_syscall_name(name)) {
    return base::fail(
        ErrorCode::invalid_input,
        cat("no architecture that can be told about has the system call ", quoted(name)),
        "ask about calls of x86_64, x86, x32, aarch64 or arm");
  }
  const auto near = nearest_syscall_name(name);
  return base::fail(ErrorCode::invalid_input, cat("there is no system call ", quoted(name)),
                    near ? cat("did you mean ", *near, '?') : "syscalls(2) lists them");
}

// The text up to the next comma, without spaces around it; it is taken off `list`.
std::string_view take_part(std::string_view& list) {
  std::string_view part = list.substr(0, list.find(','));
  list.remove_prefix(std::min(list.size(), part.size() + 1));
  while (part.starts_with(' ')) part.remove_prefix(1);
  while (part.ends_with(' ')) part.remove_suffix(1);
  return part;
}

std::unexpected<base::Error> of_another_argument(std::string_view name, std::string_view value,
                                                 unsigned position) {
  return base::fail(ErrorCode::invalid_input,
                    cat(quoted(value), " is a value of argument ", position, " of ", name),
                    position == 0
                        ? std::string("write it first")
                        : cat("write what comes before it as well: ", name, "(…, ", value, ')'));
}

std::unexpected<base::Error> flags_in_memory(std::string_view name) {
  return base::fail(ErrorCode::invalid_input,
                    cat(name, " takes its flags from memory, where no filter sees them"),
                    cat("name ", name, " without arguments; what a filter answers holds for all"));
}

Result<void> read_arguments(std::string_view list, CallPattern& pattern) {
  if (has_flags_in_memory(pattern.name) && !list.empty()) return flags_in_memory(pattern.name);
  while (!list.empty()) {
    const std::string_view part = take_part(list);
    const auto at = static_cast<unsigned>(pattern.arguments.size());
    if (const auto other = other_argument_of(pattern.name, at, part)) {
      return of_another_argument(pattern.name, part, *other);
    }
    const auto value = argument_value(part);
    if ((!value && part != "*") || pattern.arguments.size() == kArguments) {
      return base::fail(ErrorCode::invalid_input, cat("cannot read the argument ", quoted(part)),
                        "numbers, or names such as CLONE_NEWUSER|CLONE_NEWNET, AF_VSOCK, SOCK_RAW");
    }
    pattern.arguments.push_back(value);
  }
  return {};
}

}  // namespace

Result<CallPattern> parse_call_pattern(std::string_view text) {
  const std::size_t bracket = text.find('(');
  CallPattern pattern{.name = std::string(text.substr(0, bracket))};
  if (!has_a_number(pattern.name)) return unknown_call(pattern.name);
  if (bracket == std::string_view::npos) return pattern;
  if (!text.ends_with(')')) {
    return base::fail(ErrorCode::invalid_input, cat("no closing bracket in ", quoted(text)),
                      cat("write '", text.substr(0, bracket), "' for all of its calls"));
  }
  pattern.has_brackets = true;
  const std::string_view inside = text.substr(bracket + 1, text.size() - bracket - 2);
  if (auto read = read_arguments(inside, pattern); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return pattern;
}

}  // namespace bulkhead::policy
