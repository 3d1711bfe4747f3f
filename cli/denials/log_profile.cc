#include "cli/denials/log_profile.h"

#include <set>
#include <string>
#include <vector>

#include "audit/denials/denial_log.h"
#include "base/counted.h"
#include "base/text.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/profiles/recorded_profile.h"
#include "cli/screen/layout.h"
#include "record/keeping/kernel_access.h"
#include "record/keeping/logged_calls.h"
#include "record/profiles/apparmor_profile.h"

namespace bulkhead::cli {

using audit::Denial;
using base::cat;
using base::ExitCode;
using base::Result;

namespace {

using audit::DenialKind;

struct Logged {
  record::Record record{.name = "denial-log"};
  std::set<std::string> profiles;  // AppArmor's, under which it was let through
};

bool tells_a_loss(const DenialQuery& query, const Denial& denial) {
  return denial.kind == DenialKind::loss && denial.time >= query.since;
}

void add(Logged& logged, const Denial& denial) {
  add_logged(logged.record, denial);
  if (denial.kind != DenialKind::apparmor || !denial.would) return;
  logged.profiles.emplace(record::without_null_profiles(denial.profile));
}

// What the log has of that kind, and what it lost.
Result<Logged> read_log(const DenialQuery& query, DenialKind kind, const base::Paths& paths) {
  Logged logged;
  const auto read = audit::read_denial_log(paths.log, [&](const Denial& denial) {
    const bool wanted = denial.kind == kind || denial.kind == DenialKind::overflow;
    const bool matching = wanted && matches(query, denial);
    if (tells_a_loss(query, denial) || matching) add(logged, denial);
  });
  if (!read) return std::unexpected(read.error());
  if (*read > 0) {
    add_reason(logged.record.losses,
               cat(base::counted(*read, "line"), " of the log cannot be read"));
  }
  bound(logged.record);
  return logged;
}

ExitCode tell_the_rest(const record::Record& record, std::string_view what, Output& errors) {
  errors.write(
      paragraph(cat("What the profile in force allowed was not logged, so it is not in "
                    "this one: the log is whole for containers whose profile ",
                    what, ".")));
  return text_of(all_losses(record)).empty() ? ExitCode::ok : ExitCode::incomplete;
}

Result<std::string> only_profile(const Logged& logged) {
  if (logged.profiles.size() == 1) return *logged.profiles.begin();
  const std::vector<std::string> names(logged.profiles.begin(), logged.profiles.end());
  if (!names.empty()) {
    return base::fail(
        base::ErrorCode::usage,
        cat("the log has accesses under several profiles: ", base::quoted(base::join(names, ", "))),
        "name the container with --container");
  }
  return base::fail(base::ErrorCode::usage, "the log has no access of such a container",
                    "let it run under a profile in complain mode while bulkhead-watch runs "
                    "(`bulkhead apparmor complain NAME`)");
}

}  // namespace

Result<ExitCode> write_log_profile(const DenialQuery& query, Environment& environment) {
  const auto logged = read_log(query, DenialKind::seccomp, environment.paths);
  if (!logged) return std::unexpected(logged.error());
  const record::Record& record = logged->record;
  if (record.containers.empty()) {
    return base::fail(base::ErrorCode::usage, "the log has no call of such a container",
                      "let it run under a profile whose default is SCMP_ACT_LOG while "
                      "bulkhead-watch runs, or record it: `bulkhead record start`");
  }
  const auto request = request_for(record, 0, environment.root);
  if (!request) return std::unexpected(request.error());
  const auto document =
      told_profile(record, *request, record::ProfileFormat::oci, environment.errors);
  if (!document) return std::unexpected(document.error());
  environment.output.write(*document);
  return tell_the_rest(record, "logs by default", environment.errors);
}

Result<ExitCode> write_log_apparmor(const DenialQuery& query, Environment& environment) {
  const auto logged = read_log(query, DenialKind::apparmor, environment.paths);
  if (!logged) return std::unexpected(logged.error());
  const auto name = only_profile(*logged);
  if (!name) return std::unexpected(name.error());
  const auto dialect = apparmor_dialect_of(environment);
  if (!dialect) return std::unexpected(dialect.error());
  const auto text = record::apparmor_profile_of(logged->record, *name, *dialect);
  if (!text) return std::unexpected(text.error());
  environment.output.write(*text);
  environment.errors.line(cat(provenance_of(logged->record), '.'));
  return tell_the_rest(logged->record, "has no rule yet", environment.errors);
}

}  // namespace bulkhead::cli
