#include "cli/denials/log_profile.h"

#include "audit/denials/denial_log.h"
#include "base/text.h"
#include "cli/profiles/recorded_profile.h"
#include "cli/screen/layout.h"
#include "record/logged_calls.h"

namespace bulkhead::cli {

using audit::Denial;
using base::cat;
using base::ExitCode;
using base::Result;

namespace {

bool tells_a_loss(const DenialQuery& query, const Denial& denial) {
  return denial.kind == audit::DenialKind::loss && denial.time >= query.since;
}

Result<record::Record> record_of_log(const DenialQuery& query, const base::Paths& paths) {
  record::Record record{.name = "denial-log"};
  const auto read = audit::read_denial_log(paths.log, [&](const Denial& denial) {
    if (tells_a_loss(query, denial) || matches(query, denial)) add_logged(record, denial);
  });
  if (!read) return std::unexpected(read.error());
  if (*read > 0) add_reason(record.losses, cat(*read, " lines of the log cannot be read"));
  bound(record);
  return record;
}

}  // namespace

Result<ExitCode> write_log_profile(const DenialQuery& query, Environment& environment) {
  const auto record = record_of_log(query, environment.paths);
  if (!record) return std::unexpected(record.error());
  if (record->containers.empty()) {
    return base::fail(base::ErrorCode::usage, "the log has no call of such a container",
                      "let it run under a profile whose default is SCMP_ACT_LOG while "
                      "bulkhead-watch runs, or record it: `bulkhead record start`");
  }
  const auto request = request_for(*record, 0, environment.root);
  if (!request) return std::unexpected(request.error());
  const auto document =
      told_profile(*record, *request, record::ProfileFormat::oci, environment.errors);
  if (!document) return std::unexpected(document.error());
  environment.output.write(*document);
  environment.errors.write(
      paragraph("What the profile in force allowed was not logged, so it is not in this one: the "
                "log is whole for containers whose profile logs by default."));
  const bool is_whole = text_of(all_losses(*record)).empty();
  return is_whole ? ExitCode::ok : ExitCode::incomplete;
}

}  // namespace bulkhead::cli
