#include "hook/rewrite_config.h"

#include <unistd.h>

#include <climits>
#include <optional>
#include <string>
#include <utility>

#include "admission/examine.h"
#include "admission/start.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/voice.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::hook {

using base::Error;
using base::Result;

namespace {

constexpr std::string_view kDescribed = "config.json on stdin";

std::string id_of(const oci_config::JsonDocument& config) {
  const auto path = config.find("/linux/cgroupsPath");
  if (!path || !path->is(oci_config::JsonType::string)) return {};
  return std::string(policy::podman_id_in(path->string()));
}

// The config.json that Podman goes on with, and the event that tells why it is as it is.
struct Answer {
  std::string config;
  std::optional<audit::Event> event;
};

Result<oci_config::JsonDocument> parse(std::string text) {
  return oci_config::JsonDocument::parse(std::move(text), {.described = kDescribed});
}

// Podman shows nobody what this stage says on stderr, but what a runtime says of a later one. So a
// refusal goes on with the config.json: the shim or createRuntime come to the same decision, with
// an event of their own, and if neither is in the way this entry refuses all the same. A runtime
// that runs no hooks at all cannot execute a path that is longer than PATH_MAX (execve(2)),
// whatever the container holds.
Result<Answer> hand_on(const std::string& config, const Error& refusal) {
  const auto document = parse(config);
  const std::string hook = admission::installed_hook();
  if (hook.empty() || !document) return std::unexpected(refusal);
  const std::string entry =
      base::cat("{\"path\":", base::json_string(hook), ",\"args\":[\"bulkhead-hook\",\"refuse\",",
                base::json_string(refusal.sentence()), "]}");
  const std::string no_program = base::cat("[\"/", std::string(PATH_MAX, 'x'), "\"]");
  auto text = oci_config::apply(
      *document, {.operations = {oci_config::SetMember{"/hooks/createRuntime/-", entry},
                                 oci_config::SetMember{"/process/args", no_program}}});
  if (!text) return std::unexpected(refusal);
  return Answer{std::move(*text), std::nullopt};
}

Result<Answer> confine(admission::Start& start, std::string config, const base::Paths& paths) {
  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  start.mode = policy->mode.value;
  const auto document = parse(std::move(config));
  if (!document) return std::unexpected(document.error());
  start.identity.id = id_of(*document);
  auto plan = admission::plan_start(
      start, *document,
      {.invocation = {.container_id = start.identity.id, .runtime_root = {}, .bundle = {}},
       .runtime_path = {},
       .paths = paths},
      *policy);
  if (!plan) return std::unexpected(std::move(plan.error()));
  auto text = oci_config::apply(*document, plan->edit);
  if (!text) return std::unexpected(std::move(text.error()));
  return Answer{std::move(*text), audit::event_of(*plan, start.identity, start.stage)};
}

Result<Answer> answer(admission::Start& start, const std::string& config,
                      const base::Paths& paths) {
  auto confined = confine(start, config, paths);
  if (confined) return confined;
  if (start.mode == policy::Mode::enforce) return hand_on(config, confined.error());
  (void)admission::refuse_unless_observing(voice(paths), start, confined.error());
  return Answer{config, std::nullopt};
}

}  // namespace

int rewrite_config(const base::Paths& paths) {
  admission::Start start{.stage = "hook precreate"};
  const auto config = base::drain(STDIN_FILENO, kDescribed, oci_config::kMaxConfigBytes);
  if (!config) return admission::refuse(voice(paths), start, config.error());
  const auto given = answer(start, *config, paths);
  if (!given) return admission::refuse(voice(paths), start, given.error());
  const auto written = base::write_all(STDOUT_FILENO, given->config, "stdout");
  if (!written) return admission::refuse(voice(paths), start, written.error());
  if (given->event) admission::log_event(voice(paths), *given->event);
  return 0;
}

}  // namespace bulkhead::hook
