#include "hook/rewrite_config.h"

#include <unistd.h>

#include <climits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "admission/examine.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/report.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::hook {

using base::Error;
using base::Result;

namespace {

constexpr std::string_view kStage = "hook precreate";
constexpr std::string_view kDescribed = "config.json on stdin";

Result<oci_config::JsonDocument> read_config() {
  auto text = base::drain(STDIN_FILENO, kDescribed, oci_config::kMaxConfigBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return oci_config::JsonDocument::parse(std::move(*text), {.described = kDescribed});
}

std::string id_of(const oci_config::JsonDocument& config) {
  const auto path = config.find("/linux/cgroupsPath");
  if (!path || !path->is(oci_config::JsonType::string)) return {};
  return std::string(policy::podman_id_in(path->string()));
}

// The new text and the event that tells why it is as it is.
struct Rewritten {
  std::string text;
  std::optional<audit::Event> event;
};

// Podman shows nobody what this stage says on stderr, but what a runtime says of a later one. So a
// refusal goes on with the config.json: the shim or createRuntime come to the same decision, with
// an event of their own, and if neither is in the way this entry refuses all the same. A runtime
// that runs no hooks at all cannot execute a path that is longer than PATH_MAX (execve(2)),
// whatever the container holds.
Result<Rewritten> hand_on(const oci_config::JsonDocument& config, const Error& refusal) {
  const std::string hook = admission::installed_hook();
  if (hook.empty()) return std::unexpected(refusal);
  const std::string entry =
      base::cat("{\"path\":", base::json_string(hook), ",\"args\":[\"bulkhead-hook\",\"refuse\",",
                base::json_string(refusal.sentence()), "]}");
  const std::string no_program = base::cat("[\"/", std::string(PATH_MAX, 'x'), "\"]");
  auto text = oci_config::apply(
      config, {.operations = {oci_config::SetMember{"/hooks/createRuntime/-", entry},
                              oci_config::SetMember{"/process/args", no_program}}});
  if (!text) return std::unexpected(refusal);
  return Rewritten{std::move(*text), std::nullopt};
}

Result<Rewritten> rewrite(const oci_config::JsonDocument& config, policy::Identity& identity,
                          const base::Paths& paths) {
  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  const auto examined = admission::examine(
      config,
      {.invocation = {.container_id = id_of(config), .runtime_root = {}, .bundle = {}},
       .runtime_path = {},
       .paths = paths},
      *policy);
  if (!examined) return std::unexpected(examined.error());
  identity = examined->identity;
  if (const auto* refusal = std::get_if<policy::Refusal>(&examined->decision)) {
    return std::unexpected(admission::to_error(*refusal, identity));
  }
  auto text = oci_config::apply(config, std::get<policy::Plan>(examined->decision).edit);
  if (!text) return std::unexpected(std::move(text.error()));
  return Rewritten{std::move(*text), audit::event_of(examined->decision, identity, kStage)};
}

Result<Rewritten> answer(policy::Identity& identity, const base::Paths& paths) {
  const auto config = read_config();
  if (!config) return std::unexpected(config.error());
  auto rewritten = rewrite(*config, identity, paths);
  return rewritten ? std::move(rewritten) : hand_on(*config, rewritten.error());
}

}  // namespace

int rewrite_config(const base::Paths& paths) {
  policy::Identity identity;
  auto rewritten = answer(identity, paths);
  if (rewritten) {
    const auto written = base::write_all(STDOUT_FILENO, rewritten->text, "stdout");
    if (written) {
      if (rewritten->event) log_event(paths, *rewritten->event);
      return 0;
    }
    rewritten = std::unexpected(written.error());
  }
  return refuse(paths, rewritten.error(), audit::event_of(rewritten.error(), identity, kStage));
}

}  // namespace bulkhead::hook
