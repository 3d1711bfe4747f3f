#include "hook/refuse_container.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "admission/start.h"
#include "base/files.h"
#include "hook/container_state.h"
#include "hook/voice.h"

namespace bulkhead::hook {

int refuse_container(std::string_view sentence, const base::Paths& paths) {
  admission::Start start{.stage = "hook refuse"};
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  if (text) {
    if (auto state = parse_container_state(std::move(*text)))
      start.identity.id = std::move(state->id);
  }
  const base::Error error{base::ErrorCode::refused, std::string(sentence), {}};
  return admission::refuse(voice(paths), start, error);
}

}  // namespace bulkhead::hook
