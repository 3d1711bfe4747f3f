#include "watch/sources.h"

#include <utility>

namespace bulkhead::watch {

using base::Result;

// The process connector first: from then on no process begins unseen.
Result<Sources> open_sources(const base::Paths& paths) {
  auto processes = kernel::ProcessEvents::open(kernel::kProcessReceiveBufferBytes);
  if (!processes) return std::unexpected(std::move(processes.error()));
  auto records = kernel::AuditSocket::open(kernel::kAuditReceiveBufferBytes);
  if (!records) return std::unexpected(std::move(records.error()));
  auto changes = RecordChanges::open(paths);
  if (!changes) return std::unexpected(std::move(changes.error()));
  return Sources{std::move(*processes), std::move(*records), std::move(*changes)};
}

Result<void> raise_backlog_limit(std::uint32_t limit) {
  const auto status = kernel::read_audit_status();
  if (!status || status->backlog_limit == 0 || status->backlog_limit >= limit) return {};
  return kernel::set_audit_backlog_limit(limit);
}

}  // namespace bulkhead::watch
