#include "cli/denials/denial_query.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/times.h"
#include "cli/filters/explanation.h"
#include "cli/names/containers.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::cli {

using audit::Denial;
using audit::DenialKind;
using base::cat;

namespace {

bool is_time(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() < 4 || text.size() > kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    const bool ends = text[i] == 'Z' && i + 1 == text.size();
    if (!ends && (kForm[i] == 'd' ? !digit : text[i] != kForm[i])) return false;
  }
  return true;
}

std::optional<std::uint64_t> seconds_of_unit(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    default: return std::nullopt;
  }
}

bool wants(const WantedContainers& wanted, const Denial& denial) {
  if (wanted.name.empty()) return true;
  if (denial.naming != audit::Naming::named) return false;
  return wanted.contain(denial.identity) || wanted.name == denial.name;
}

}  // namespace

bool matches(const DenialQuery& query, const Denial& denial) {
  if (denial.kind == DenialKind::loss) return false;
  if (!wants(query.container, denial)) return false;
  if (!query.namespace_.empty() && denial.identity.namespace_ != query.namespace_) return false;
  if (!query.syscall.empty() && denial.syscall != query.syscall) return false;
  if (query.would && !denial.would) return false;
  // A line that tells of repetitions counts when the last of them does.
  const std::string& newest = denial.last.empty() ? denial.time : denial.last;
  return query.since.empty() || newest >= query.since;
}

base::Result<std::string> parse_since(const std::string& text, std::uint64_t now) {
  const auto unit = text.empty() ? std::nullopt : seconds_of_unit(text.back());
  const auto number =
      unit ? base::parse_decimal(std::string_view(text).substr(0, text.size() - 1)) : std::nullopt;
  constexpr std::uint64_t kLongest = 1'000'000;  // of any unit; no product overflows
  if (number && *number <= kLongest) {
    const std::uint64_t before = *number * *unit;
    return base::utc_time(before < now ? now - before : 0, 0);
  }
  if (is_time(text)) return text;
  return base::fail(base::ErrorCode::usage, cat("cannot read the time ", base::quoted(text)),
                    "give 30s, 10m, 2h or 1d ago, or a time in UTC as 2026-11-24T07:00");
}

std::string container_text(const Denial& denial) {
  switch (denial.naming) {
    case audit::Naming::named: break;
    case audit::Naming::no_container: return "(node)";
    case audit::Naming::gone: return "(unnamed)";
  }
  const std::string name = display_name(denial.identity, denial.name);
  return name.empty() ? short_id(denial.identity.id) : name;
}

std::string what_text(const Denial& denial) {
  switch (denial.kind) {
    case DenialKind::seccomp: {
      const std::string call = denial.syscall.empty() ? cat("call ", denial.nr) : denial.syscall;
      const bool native = denial.arch == short_name(oci_config::native_arch());
      return native ? call : cat(call, " on ", denial.arch);
    }
    case DenialKind::apparmor: {
      std::string text = denial.operation;
      if (!denial.path.empty()) text += cat(' ', base::quoted(denial.path));
      if (!denial.denied.empty()) text += cat(" (", denial.denied, ')');
      return denial.object.empty() ? text : cat(text, ' ', denial.object);
    }
    case DenialKind::overflow: return "(different ones, not told singly)";
    case DenialKind::loss: break;
  }
  return "(lost)";
}

void DenialSummary::add(Denial denial) {
  if (denial.kind == DenialKind::loss) {
    losses_ = denial.message;
    return;
  }
  total_ += denial.count;
  std::string container = container_text(denial);
  std::string what = what_text(denial);
  const std::string key = cat(denial.identity.id, '\n', denial.identity.runtime_root, '\n',
                              container, '\n', what, '\n', denial.action);
  auto group = groups_.find(key);
  if (group == groups_.end()) {
    if (groups_.size() == kMostGroups) return;
    group = groups_.emplace(key, DenialGroup{}).first;
  }
  group->second.count += denial.count;
  group->second.container = std::move(container);
  group->second.what = std::move(what);
  group->second.latest = std::move(denial);
}

std::vector<const DenialGroup*> DenialSummary::groups() const {
  std::vector<const DenialGroup*> sorted;
  for (const auto& [key, group] : groups_) sorted.push_back(&group);
  std::ranges::stable_sort(sorted, std::greater<>{}, [](const DenialGroup* group) {
    return std::pair(group->latest.naming == audit::Naming::named, group->count);
  });
  return sorted;
}

}  // namespace bulkhead::cli
