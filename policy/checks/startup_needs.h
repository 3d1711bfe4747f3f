// What a filter must let through before a program has done anything: the system calls without which
// a runtime cannot reach execve once the filter is loaded, and without which a program of each kind
// cannot reach main().
//
// Measured, not guessed: tests/startup/measure.sh denies each observed call alone with EPERM, by a
// real filter, and then allows nothing but the result; tests/integration/startup.sh holds this
// table against the machine that it runs on. On x86-64, of Debian 12 (glibc 2.36, musl 1.2.3,
// Go 1.19, runc 1.1.5, crun 1.8.1) and Debian 13 (glibc 2.41, musl 1.2.5, Go 1.24, runc 1.1.15,
// crun 1.21), the runtimes also as a user without privileges; on arm64, of Debian 12, under
// emulation. Other versions may need others; what is listed as `used` is asked for and its denial
// was survived.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oci-config/seccomp_profile.h"

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
  std::string_view of_debian_12;  // needed there, too
  std::string_view of_debian_13;
  std::string_view as_root;  // needed, too, by a runtime that root starts
  // Needed in some runs: what threads do to each other (Go), what a user other than root takes.
  std::string_view sometimes;
  std::string_view used;
};

// Where more is needed than elsewhere.
struct StartupVariant {
  std::string_view id;    // "debian-12"
  std::string_view text;  // "of Debian 12"
  bool release;           // each program and runtime is of one of these
  std::string_view StartupNeed::*needed;
};

// "x86-64 with the runtimes and libraries of Debian 12 and Debian 13".
[[nodiscard]] std::string_view startup_measured_on(oci_config::SeccompArch native);
// As measured on that machine; none where nobody has measured, so that nothing is said of it.
[[nodiscard]] std::span<const StartupNeed> startup_needs(oci_config::SeccompArch native);
[[nodiscard]] std::span<const StartupVariant> startup_variants();

// The words of one of the lists above.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view list);
// Every name in the lists of a row; of alternatives the first, or all of them.
enum class Alternatives : std::uint8_t { first, all };
[[nodiscard]] std::vector<std::string_view> names_of(const StartupNeed& need, Alternatives which);

using Permits = std::function<bool(std::string_view syscall)>;

// The needs (each with its alternatives) of `list` of which `permits` says no to every alternative.
[[nodiscard]] std::vector<std::string_view> unmet(std::string_view list, const Permits& permits);

// Why what a row speaks of does not start: everywhere (one gap), or only in some variants (a gap
// for each).
struct StartupGap {
  std::string where;  // empty: everywhere; else " of Debian 12"
  std::string missing;
  [[nodiscard]] bool everywhere() const { return where.empty(); }
};
struct GapText {
  bool sometimes;          // whether what only some runs need is missed, too
  std::string_view quote;  // around each name: "'brk' or 'mmap', 'fstat' (of Debian 13)"
};
[[nodiscard]] std::vector<StartupGap> startup_gaps(const StartupNeed& need, const Permits& permits,
                                                   const GapText& text);

}  // namespace bulkhead::policy
