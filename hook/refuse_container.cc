#include "hook/refuse_container.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "base/files.h"
#include "hook/container_state.h"
#include "hook/report.h"
#include "policy/values/identity.h"

namespace bulkhead::hook {

int refuse_container(std::string_view sentence, const base::Paths& paths) {
  policy::Identity identity;
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  if (text) {
    if (auto state = parse_container_state(std::move(*text))) identity.id = std::move(state->id);
  }
  const base::Error error{base::ErrorCode::refused, std::string(sentence), {}};
  return refuse(paths, error, audit::event_of(error, identity, "hook refuse"));
}

}  // namespace bulkhead::hook
