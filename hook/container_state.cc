#include "hook/container_state.h"

#include <limits>
#include <utility>

#include "oci-config/json.h"

namespace bulkhead::hook {

using base::Result;
using oci_config::JsonType;
using oci_config::JsonValue;

namespace {

Result<void> take_text(const JsonValue& state, std::string_view key, std::string& into) {
  const auto member = state.member(key);
  if (!member) return {};
  const auto text = member->read_string();
  if (!text) return std::unexpected(text.error());
  into = *text;
  return {};
}

Result<void> take_pid(const JsonValue& state, pid_t& into) {
  const auto member = state.member("pid");
  if (!member || member->is(JsonType::null)) return {};
  const auto pid = member->read_unsigned(std::numeric_limits<pid_t>::max());
  if (!pid) return std::unexpected(pid.error());
  into = static_cast<pid_t>(*pid);
  return {};
}

}  // namespace

bool is_to_begin(const ContainerState& state) {
  return state.status == "creating" || state.status == "created";
}

Result<ContainerState> parse_container_state(std::string text) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(text), {.described = "the container state on stdin", .max_bytes = kMaxStateBytes});
  if (!document) return std::unexpected(document.error());
  const JsonValue root = document->root();
  if (auto object = root.expect(JsonType::object); !object) return std::unexpected(object.error());
  ContainerState state;
  if (auto taken = take_text(root, "id", state.id); !taken) return std::unexpected(taken.error());
  if (auto taken = take_text(root, "status", state.status); !taken) {
    return std::unexpected(taken.error());
  }
  if (auto taken = take_text(root, "bundle", state.bundle); !taken) {
    return std::unexpected(taken.error());
  }
  if (auto taken = take_pid(root, state.pid); !taken) return std::unexpected(taken.error());
  if (state.id.empty()) return root.error("has no container id");
  return state;
}

}  // namespace bulkhead::hook
