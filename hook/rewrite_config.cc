#include "hook/rewrite_config.h"

#include <unistd.h>

#include <string>
#include <utility>
#include <variant>

#include "admission/examine.h"
#include "base/files.h"
#include "hook/report.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::hook {

using base::Result;

namespace {

constexpr std::string_view kStage = "hook precreate";
constexpr std::string_view kDescribed = "config.json on stdin";

Result<oci_config::JsonDocument> read_config() {
  auto text = base::drain(STDIN_FILENO, kDescribed, oci_config::kMaxConfigBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return oci_config::JsonDocument::parse(std::move(*text), {.described = kDescribed});
}

// The new text and the event that tells why it is as it is.
struct Rewritten {
  std::string text;
  audit::Event event;
};

Result<Rewritten> rewrite(policy::Identity& identity, const base::Paths& paths) {
  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  const auto config = read_config();
  if (!config) return std::unexpected(config.error());
  const auto examined =
      admission::examine(*config, {.invocation = {}, .runtime_path = {}, .paths = paths}, *policy);
  if (!examined) return std::unexpected(examined.error());
  identity = examined->identity;
  if (const auto* refusal = std::get_if<policy::Refusal>(&examined->decision)) {
    return std::unexpected(admission::to_error(*refusal, identity));
  }
  auto text = oci_config::apply(*config, std::get<policy::Plan>(examined->decision).edit);
  if (!text) return std::unexpected(std::move(text.error()));
  return Rewritten{std::move(*text), audit::event_of(examined->decision, identity, kStage)};
}

}  // namespace

int rewrite_config(const base::Paths& paths) {
  policy::Identity identity;
  auto rewritten = rewrite(identity, paths);
  if (rewritten) {
    const auto written = base::write_all(STDOUT_FILENO, rewritten->text, "stdout");
    if (written) {
      log_event(paths, rewritten->event);
      return 0;
    }
    rewritten = std::unexpected(written.error());
  }
  return refuse(paths, rewritten.error(), audit::event_of(rewritten.error(), identity, kStage));
}

}  // namespace bulkhead::hook
