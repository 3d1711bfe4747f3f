#include "kernel/apparmor/apparmor_facts.h"

#include <fcntl.h>
#include <sys/apparmor.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using policy::AppArmorFacts;

constexpr std::size_t kMaxListBytes = 16 << 20;  // some 200,000 profiles

// False when the line is not "name (mode)".
bool add_line(AppArmorFacts& facts, std::string_view line) {
  const std::size_t open = line.rfind(" (");
  if (open == std::string_view::npos || open == 0 || !line.ends_with(')')) return false;
  const std::size_t begin = open + 2;
  const auto mode = policy::apparmor_mode_named(line.substr(begin, line.size() - begin - 1));
  if (mode) facts.loaded.emplace(line.substr(0, open), *mode);
  return true;
}

// securityfs files have size 0, so they are read to their end and not by their size.
Result<std::string> read_list(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    return base::fail_errno(ErrorCode::kernel, "open the list of AppArmor profiles", path,
                            "run as root, with securityfs mounted");
  }
  return base::drain(file.get(), path, kMaxListBytes);
}

}  // namespace

Result<AppArmorFacts> parse_apparmor_profiles(std::string_view text) {
  AppArmorFacts facts{.enabled = true};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (!line.empty() && !add_line(facts, line)) {
      return base::fail(ErrorCode::kernel, cat("the list of AppArmor profiles has the line ",
                                               base::quoted(line), ", not 'name (mode)'"));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return facts;
}

bool has_no_apparmor() {
  return ::access("/sys/module/apparmor", F_OK) != 0 && errno == ENOENT &&
         ::access("/sys/module", F_OK) == 0;
}

Result<AppArmorFacts> probe_apparmor(const std::string& list) {
  if (has_no_apparmor()) return AppArmorFacts{};
  if (::aa_is_enabled() != 1) return AppArmorFacts{};
  const auto text = read_list(list);
  if (!text) return std::unexpected(text.error());
  return parse_apparmor_profiles(*text);
}

}  // namespace bulkhead::kernel
