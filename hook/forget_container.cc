#include "hook/forget_container.h"

#include <unistd.h>

#include <utility>

#include "audit/records/record.h"
#include "base/exit_codes.h"
#include "base/files.h"
#include "hook/container_state.h"
#include "hook/voice.h"

namespace bulkhead::hook {

int forget_container(const base::Paths& paths) {
  constexpr unsigned kRecordsLookedAt = 16;
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  const auto state = text ? parse_container_state(std::move(*text))
                          : base::Result<ContainerState>(std::unexpected(text.error()));
  if (!state) {
    admission::say(voice(paths), state.error().sentence());
    return static_cast<int>(base::exit_code_for(state.error().code));
  }
  if (const auto removed = audit::remove_record(paths, state->id); !removed) {
    admission::say(voice(paths), removed.error().sentence());
  }
  audit::remove_stale_records(paths, kRecordsLookedAt);
  return 0;
}

}  // namespace bulkhead::hook
