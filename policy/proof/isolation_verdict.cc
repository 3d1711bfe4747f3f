#include "policy/proof/isolation_verdict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using base::cat;
using oci_config::IdMapping;

constexpr std::array<std::string_view, 4> kIdKinds = {"real", "effective", "saved", "file system"};

// ---- user and groups ---------------------------------------------------------------------------

std::optional<std::uint32_t> outside_id(const std::vector<IdMapping>& mappings,
                                        std::uint32_t inside) {
  for (const IdMapping& mapping : mappings) {
    const std::uint32_t offset = inside - mapping.container_id;
    if (inside >= mapping.container_id && offset < mapping.size) return mapping.host_id + offset;
  }
  return std::nullopt;
}

// How the container's uids, or its gids, are told apart and translated.
struct IdSpace {
  std::string_view name;  // "uid"
  bool translates;
  const std::vector<IdMapping>& mappings;

  [[nodiscard]] std::optional<std::uint32_t> outside(std::uint32_t inside) const {
    return translates ? outside_id(mappings, inside) : inside;
  }
  // "uid 1000", or "uid 1000 (101000 outside its user namespace)".
  [[nodiscard]] std::string words(std::uint32_t inside) const {
    if (!translates) return cat(name, ' ', inside);
    return cat(name, ' ', inside, " (", *outside(inside), " outside its user namespace)");
  }
};

IdSpace uid_space(const PlannedUser& planned, const ObservedUser& observed) {
  return {.name = "uid",
          .translates = planned.in_user_namespace,
          .mappings = planned.uid_mappings.empty() ? observed.uid_mappings : planned.uid_mappings};
}

IdSpace gid_space(const PlannedUser& planned, const ObservedUser& observed) {
  return {.name = "gid",
          .translates = planned.in_user_namespace,
          .mappings = planned.gid_mappings.empty() ? observed.gid_mappings : planned.gid_mappings};
}

void judge_ids(const IdSpace& space, std::uint32_t planned, const TaskIds& observed,
               std::optional<std::uint32_t> of_program, std::vector<Difference>& differences) {
  const std::string subject(space.name);
  const auto wanted = space.outside(planned);
  if (!wanted) {
    differences.push_back({.subject = subject,
                           .sentence = cat("the user namespace has no mapping for the planned ",
                                           space.name, ' ', planned)});
    return;
  }
  for (std::size_t kind = 0; kind < kIdKinds.size(); ++kind) {
    if (observed[kind] == *wanted || (kind > 0 && observed[kind] == of_program)) continue;
    differences.push_back(
        {.subject = subject,
         .sentence = cat("the ", kIdKinds[kind], ' ', space.name, " is ", observed[kind],
                         ", but the process must run as ", space.words(planned))});
    return;
  }
}

std::vector<std::uint32_t> accepted_groups(const IdSpace& space, const PlannedUser& planned,
                                           const ObservedUser& observed) {
  std::vector<std::uint32_t> accepted;
  if (planned.keeps_caller_groups || observed.groups_are_fixed) accepted = observed.caller_groups;
  if (const auto gid = space.outside(planned.gid)) accepted.push_back(*gid);
  for (const std::uint32_t group : planned.groups) {
    if (const auto gid = space.outside(group)) accepted.push_back(*gid);
  }
  std::ranges::sort(accepted);
  return accepted;
}

void judge_groups(const IdSpace& space, const PlannedUser& planned, const ObservedUser& observed,
                  std::vector<Difference>& differences) {
  const auto accepted = accepted_groups(space, planned, observed);
  std::vector<std::string> excess;
  for (const std::uint32_t group : observed.groups) {
    if (!std::ranges::binary_search(accepted, group)) excess.push_back(cat(group));
  }
  if (excess.empty()) return;
  differences.push_back({.subject = "groups",
                         .sentence = cat("the process has the supplementary groups ",
                                         base::join(excess, ", "), " beyond the plan")});
}

// ---- paths -------------------------------------------------------------------------------------

bool is_masked(const ObservedPath& path) {
  switch (path.kind) {
    case PathKind::absent:
    case PathKind::null_device:
    case PathKind::empty_directory: return true;
    case PathKind::dangling:
    case PathKind::other: return false;
  }
  return false;
}

bool is_read_only(const ObservedPath& path) {
  return path.kind == PathKind::absent || path.read_only;
}

// The paths of a list that do not hold are told in one sentence. A path that was not looked at does
// not hold.
void judge_list(std::string_view subject, std::string_view what_is_wrong,
                const std::vector<std::string>& planned, const std::vector<ObservedPath>& observed,
                bool (*holds)(const ObservedPath&), std::vector<Difference>& differences) {
  std::vector<std::string> wrong;
  for (std::size_t at = 0; at < planned.size(); ++at) {
    if (at < observed.size() && holds(observed[at])) continue;
    const bool dangles = at < observed.size() && observed[at].kind == PathKind::dangling;
    wrong.push_back(cat(base::quoted(planned[at]), dangles ? " (a symbolic link to nothing)" : ""));
  }
  if (wrong.empty()) return;
  differences.push_back({.subject = std::string(subject),
                         .sentence = cat(what_is_wrong, ": ", base::join(wrong, ", "))});
}

// ---- namespaces --------------------------------------------------------------------------------

std::string namespace_fault(const PlannedNamespace& planned, const ObservedNamespace& observed) {
  const std::string_view type = oci_config::name_of(planned.type);
  if (planned.path.empty()) {
    if (observed.id != observed.of_observer) return {};
    return cat("the ", type, " namespace is the engine's, but a new one must hold");
  }
  if (!planned.joined) {
    return cat("the ", type, " namespace cannot be told: there was none at ",
               base::quoted(planned.path));
  }
  if (observed.id == *planned.joined) return {};
  return cat("the ", type, " namespace is not the one at ", base::quoted(planned.path));
}

}  // namespace

void judge_user(const PlannedUser& planned, bool may_gain_privileges, const ObservedUser& observed,
                std::vector<Difference>& differences) {
  const auto of_program = [&](std::optional<std::uint32_t> id) {
    return may_gain_privileges ? id : std::nullopt;
  };
  judge_ids(uid_space(planned, observed), planned.uid, observed.uids,
            of_program(observed.program_owner), differences);
  const IdSpace gids = gid_space(planned, observed);
  judge_ids(gids, planned.gid, observed.gids, of_program(observed.program_group), differences);
  judge_groups(gids, planned, observed, differences);
}

void judge_paths(const PlannedPaths& planned, const ObservedPaths& observed,
                 std::vector<Difference>& differences) {
  judge_list("masked_paths", "paths that must be masked show what is there", planned.masked,
             observed.masked, is_masked, differences);
  judge_list("readonly_paths", "paths that must be read-only are writable", planned.read_only,
             observed.read_only, is_read_only, differences);
  if (observed.working_directory_outside) {
    differences.push_back(
        {.subject = "cwd", .sentence = "the working directory is outside of the container's root"});
  }
  if (!planned.root_read_only || observed.root_read_only) return;
  differences.push_back(
      {.subject = "root", .sentence = "the root file system is writable, but must be read-only"});
}

void judge_namespaces(const std::vector<PlannedNamespace>& planned,
                      const std::vector<ObservedNamespace>& observed,
                      std::vector<Difference>& differences) {
  for (std::size_t at = 0; at < planned.size(); ++at) {
    std::string fault = at < observed.size() ? namespace_fault(planned[at], observed[at])
                                             : "a namespace was not looked at";
    if (fault.empty()) continue;
    differences.push_back({.subject = "namespaces", .sentence = std::move(fault)});
  }
}

void judge_descriptors(const DescriptorAllowance& allowed,
                       const std::vector<ObservedDescriptor>& observed,
                       std::vector<Difference>& differences) {
  constexpr std::uint32_t kFirst = 3;
  std::vector<std::string> leaked;
  for (const ObservedDescriptor& one : observed) {
    if (one.number >= kFirst && one.number - kFirst < allowed.preserved) continue;
    leaked.push_back(cat(one.number, " (", base::quoted(one.target), ")"));
  }
  if (leaked.empty()) return;
  differences.push_back(
      {.subject = "descriptors",
       .sentence = cat("descriptors that nobody passed on are open: ", base::join(leaked, ", "))});
}

}  // namespace bulkhead::policy
