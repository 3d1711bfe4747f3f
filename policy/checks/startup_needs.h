// What a filter must let through before a program has done anything: the system calls without which
// a runtime cannot reach execve once the filter is loaded, and without which a program of each kind
// cannot reach main().
//
// Measured, not guessed: tests/integration/startup.sh denies each observed call alone with EPERM,
// by a real filter, and then allows nothing but the result; it compares what it finds with this
// table. As of Debian 12 on x86-64: glibc 2.36, musl 1.2.3, Go 1.19, runc 1.1.5, crun 1.8.1. Other
// versions may need others; what is listed as `used` is asked for and its denial was survived.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::policy {

enum class StartupStage : std::uint8_t {
  runtime,  // from the loading of the filter to execve
  program,  // from execve to main()
};

struct StartupNeed {
  std::string_view id;       // "glibc-dynamic", "runc"
  std::string_view subject;  // "a dynamically linked glibc program"
  StartupStage stage;
  // Runtimes: the value of no_new_privileges to which the row applies. A runtime loads the filter
  // late where it is true. Absent for programs.
  std::optional<bool> no_new_privileges;
  // Separated by spaces; "brk|mmap": one of the two is enough.
  std::string_view needed;
  // Needed in some runs: what threads do to each other (Go), what a user other than root takes.
  std::string_view sometimes;
  std::string_view used;
};

[[nodiscard]] std::span<const StartupNeed> startup_needs();

// The words of one of the lists above.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view list);

// The needs (each with its alternatives) of `list` of which `permits` says no to every alternative.
template <class Permits>
[[nodiscard]] std::vector<std::string_view> unmet(std::string_view list, const Permits& permits) {
  std::vector<std::string_view> missing;
  for (const std::string_view need : words_of(list)) {
    bool met = false;
    for (std::string_view rest = need; !rest.empty() && !met;) {
      const std::string_view name = rest.substr(0, rest.find('|'));
      met = permits(name);
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    if (!met) missing.push_back(need);
  }
  return missing;
}

}  // namespace bulkhead::policy
