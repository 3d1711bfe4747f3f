#include "cli/denials/known_names.h"

#include <set>
#include <string>
#include <vector>

#include "audit/denials/denial_log.h"
#include "audit/events/event_reader.h"
#include "audit/records/record.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::cli {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;

namespace {

class KnownNames {
 public:
  KnownNames(const DenialQuery& query, const audit::EngineNames& names)
      : query_(query), names_(names) {
    for (const std::string_view name : names.all()) containers_.emplace(name);
  }

  void add(const policy::Identity& identity, const std::string& engine_name = {}) {
    const std::string& name = engine_name.empty() ? names_.of(identity.id) : engine_name;
    for (std::string& one : names_people_use(identity, name)) containers_.insert(std::move(one));
    if (!identity.namespace_.empty()) namespaces_.insert(identity.namespace_);
    is_meant_ = is_meant_ || query_.container.contain(identity) ||
                (!name.empty() && name == query_.container.name);
  }

  [[nodiscard]] bool has_container() const { return is_meant_ || !query_.container.ids.empty(); }
  [[nodiscard]] bool has_namespace() const { return namespaces_.contains(query_.namespace_); }
  [[nodiscard]] std::string near_container() const {
    return did_you_mean(query_.container.name, {containers_.begin(), containers_.end()});
  }
  [[nodiscard]] std::string near_namespace() const {
    return did_you_mean(query_.namespace_, {namespaces_.begin(), namespaces_.end()});
  }

 private:
  const DenialQuery& query_;
  const audit::EngineNames& names_;
  std::set<std::string> containers_;
  std::set<std::string> namespaces_;
  bool is_meant_ = false;
};

Result<void> collect(const base::Paths& paths, KnownNames& known) {
  const auto list = audit::read_records(paths);
  if (!list) return std::unexpected(list.error());
  for (const audit::ContainerRecord& record : list->records) known.add(record.identity);
  const auto events = audit::read_event_log(
      paths.log, [&](const audit::Event& event, std::string_view) { known.add(event.identity); });
  if (!events) return std::unexpected(events.error());
  const auto denials = audit::read_denial_log(paths.log, [&](const audit::Denial& denial) {
    if (denial.naming == audit::Naming::named) known.add(denial.identity, denial.name);
  });
  if (!denials) return std::unexpected(denials.error());
  return {};
}

}  // namespace

Result<void> check_syscall(const std::string& name) {
  if (name.empty() || policy::is_syscall_name(name)) return {};
  const auto near = policy::nearest_syscall_name(name);
  return base::fail(ErrorCode::usage, cat("no kernel has a system call ", quoted(name)),
                    near ? cat("did you mean ", quoted(*near), '?') : std::string());
}

Result<void> check_somebody_is_meant(const DenialQuery& query, const base::Paths& paths,
                                     const audit::EngineNames& names) {
  if (query.container.name.empty() && query.namespace_.empty()) return {};
  KnownNames known(query, names);
  if (auto collected = collect(paths, known); !collected) return collected;
  if (!query.container.name.empty() && !known.has_container()) {
    return base::fail(ErrorCode::usage,
                      cat("neither a record nor a log has a container ",
                          quoted(query.container.name), known.near_container()),
                      "`bulkhead ps --all` lists them");
  }
  if (!query.namespace_.empty() && !known.has_namespace()) {
    return base::fail(ErrorCode::usage, cat("neither a record nor a log has a namespace ",
                                            quoted(query.namespace_), known.near_namespace()));
  }
  return {};
}

}  // namespace bulkhead::cli
