#include "hook/forget_container.h"

#include <unistd.h>

#include <utility>

#include "audit/records/record.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/container_state.h"
#include "hook/voice.h"

namespace bulkhead::hook {

namespace {

base::Result<void> remove_records_of(const ContainerState& state, const base::Paths& paths) {
  for (const audit::ContainerRecord& record : audit::records_named(paths, state.id)) {
    if (record.bundle != state.bundle && !audit::is_stale(record)) continue;
    const auto removed = audit::remove_record(paths, record);
    if (!removed) return std::unexpected(removed.error());
  }
  return {};
}

base::Result<void> forget(const ContainerState& state, const base::Paths& paths) {
  if (state.status == "stopped" || state.status.empty()) return remove_records_of(state, paths);
  return base::fail(
      base::ErrorCode::invalid_input,
      base::cat("the record of container ", base::quoted(state.id),
                " stays: its state on stdin has the status ", base::quoted(state.status)),
      "this stage is for poststop hooks only");
}

}  // namespace

int forget_container(const base::Paths& paths) {
  constexpr unsigned kRecordsLookedAt = 16;
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  const auto state = text ? parse_container_state(std::move(*text))
                          : base::Result<ContainerState>(std::unexpected(text.error()));
  const auto removed =
      state ? forget(*state, paths) : base::Result<void>(std::unexpected(state.error()));
  if (!removed) admission::say(voice(paths), removed.error().sentence());
  audit::remove_stale_records(paths, kRecordsLookedAt);
  return 0;
}

}  // namespace bulkhead::hook
