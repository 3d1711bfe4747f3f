#include "cli/denials/unlogged.h"

#include <algorithm>

#include "base/text.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

using base::cat;

namespace {

constexpr std::size_t kMostNames = 3;

std::string who(const std::vector<std::string>& names) {
  const std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  std::string text = base::join(first, ", ");
  if (names.size() > kMostNames) text += cat(" and ", names.size() - kMostNames, " more");
  return text;
}

}  // namespace

UnloggedContainers unlogged_containers(const std::vector<audit::ContainerRecord>& records) {
  UnloggedContainers found;
  for (const audit::ContainerRecord& record : records) {
    if (record.seccomp_unlogged.empty() || audit::is_stale(record)) continue;
    const std::string name = display_name(record.identity);
    found[record.seccomp_unlogged].push_back(name.empty() ? short_id(record.identity.id) : name);
  }
  return found;
}

std::string unlogged_sentence(const UnloggedContainers& containers) {
  if (containers.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& [why, names] : containers) {
    parts.push_back(cat("what the seccomp filters of ", who(names), " deny, because ", why));
  }
  return cat("Not recorded: ", base::join(parts, "; "),
             ". \"seccomp\": {\"log_denials\": \"always\"} in the policy logs it in containers "
             "that start from then on.");
}

}  // namespace bulkhead::cli
