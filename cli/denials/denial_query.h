// Which denials of the log are asked for, and what they add up to. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/denials/denial.h"
#include "base/error.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

struct DenialQuery {
  WantedContainers container;
  std::string namespace_;
  std::string since;  // RFC 3339 in UTC; empty: all
  std::string syscall;
  bool would = false;  // only what was let through
};

[[nodiscard]] bool matches(const DenialQuery& query, const audit::Denial& denial);

// "10m", "2h", "1d", "30s" before `now` (seconds since 1970), or an RFC 3339 time in UTC, as far as
// it is given: "2026-11-24", "2026-11-24T07:00". Error: usage.
[[nodiscard]] base::Result<std::string> parse_since(const std::string& text, std::uint64_t now);

// "shop/web/app", "brave_hopper", "4f1c…", "(node)" for a process of none, "(unnamed)".
[[nodiscard]] std::string container_text(const audit::Denial& denial);
// "mount", "mount on x86", "open '/etc/shadow' (r)", "capable capability sys_admin".
[[nodiscard]] std::string what_text(const audit::Denial& denial);

// Lines about the same, added up.
struct DenialGroup {
  audit::Denial latest;
  std::string container;
  std::string what;
  std::uint64_t count = 0;
};

class DenialSummary {
 public:
  static constexpr std::size_t kMostGroups = 100'000;
  void add(audit::Denial denial);
  // The most frequent first, those of no container after all others.
  [[nodiscard]] std::vector<const DenialGroup*> groups() const;
  [[nodiscard]] std::uint64_t total() const { return total_; }
  // What was lost, as the watcher told it last; empty when nothing was.
  [[nodiscard]] const std::string& losses() const { return losses_; }

 private:
  std::map<std::string, DenialGroup, std::less<>> groups_;
  std::uint64_t total_ = 0;
  std::string losses_;
};

}  // namespace bulkhead::cli
