#include "cli/containers/check_command.h"

#include <unistd.h>

#include <algorithm>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/containers/explain_decision.h"
#include "cli/names/programs.h"
#include "cli/screen/layout.h"
#include "cli/screen/readable_diff.h"
#include "oci-config/bundle.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;

// What is done to config.json, or in observe mode what enforce would do.
const oci_config::SpecEdit* edit_of(const policy::Decision& decision) {
  const auto* plan = std::get_if<policy::Plan>(&decision);
  if (plan == nullptr) return nullptr;
  return plan->mode == policy::Mode::observe ? &plan->withheld_edit : &plan->edit;
}

Result<std::string> diff_of(const oci_config::JsonDocument& document,
                            const policy::Decision& decision) {
  const oci_config::SpecEdit* edit = edit_of(decision);
  if (edit == nullptr || edit->empty()) return std::string();
  const auto after = oci_config::apply(document, *edit);
  if (!after) return std::unexpected(after.error());
  return readable_diff(document.text(), *after, "config.json");
}

enum class DiffExtent : std::uint8_t { beginnings, everything };

Style style_of_diff_line(std::string_view line) {
  if (line.starts_with("+++") || line.starts_with("---")) return Style::bold;
  if (line.starts_with('+')) return Style::good;
  if (line.starts_with('-')) return Style::bad;
  if (line.starts_with("@@")) return Style::dim;
  return Style::plain;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), lines.back().size() + 1));
  }
  return lines;
}

// A member that was inserted on one line is cut at the width of the screen.
std::string shown_line(std::string_view line, DiffExtent extent) {
  std::string whole(line);
  if (extent == DiffExtent::everything || display_width(line) <= kScreenColumns) return whole;
  constexpr std::size_t kRoomForRest = 40;
  const std::string start = wrap(line, kScreenColumns - kRoomForRest).front();
  return base::cat(start, " … ", base::counted(line.size() - start.size(), "more byte"),
                   "; --full shows them");
}

// A whole profile is a thousand lines: of a long run of added lines only the beginning is shown.
void write_diff(std::string_view diff, DiffExtent extent, Output& output) {
  constexpr std::size_t kLongRun = 24;
  constexpr std::size_t kShown = 12;
  const std::vector<std::string_view> lines = lines_of(diff);
  const auto is_added = [](std::string_view line) {
    return line.starts_with('+') && !line.starts_with("+++");
  };
  for (std::size_t at = 0; at < lines.size();) {
    std::size_t end = at;
    while (end < lines.size() && is_added(lines[end])) ++end;
    const bool cut = extent == DiffExtent::beginnings && end - at > kLongRun;
    const std::size_t stop = cut ? at + kShown : std::max(end, at + 1);
    const std::size_t first = at;
    for (; at < stop; ++at) {
      const std::string text = shown_line(lines[at], extent);
      output.line(output.styled(style_of_diff_line(text), text));
    }
    if (!cut) continue;
    output.line(
        base::cat("  … ", base::counted(end - first - kShown, "more line"), "; --full shows them"));
    at = end;
  }
}

void write_text(const admission::Examined& examined, std::string_view diff, DiffExtent extent,
                Output& output) {
  output.write(explain(examined.decision, examined.identity));
  if (diff.empty()) return;
  output.line();
  write_diff(diff, extent, output);
}

void write_json(const std::string& config, const admission::Examined& examined,
                std::string_view diff, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("config", config);
  json.member_raw("decision", explain_json(examined.decision, examined.identity));
  json.member("diff", diff);
  json.member("exit_code", static_cast<int>(exit_code_of_decision(examined.decision)));
  json.end_object();
  output.write(json.finish());
}

// The runtime that the shim would execute, for its features: the first of the policy's that is
// there.
std::string runtime_of(const policy::Policy& policy, const std::string& root) {
  for (const std::string& runtime : policy.runtimes.value) {
    const bool is_path = runtime.contains('/');
    if (is_path && ::access((root + runtime).c_str(), X_OK) == 0) return root + runtime;
    const std::string found = is_path ? std::string() : find_program(root, runtime);
    if (!found.empty()) return root + found;
  }
  return {};
}

base::Error no_runtime(base::Error error) {
  if (error.code == base::ErrorCode::runtime && error.remedy.empty()) {
    error.remedy = "--runtime takes the path of an OCI runtime that is installed";
  }
  return error;
}

base::Error no_bundle(base::Error error) {
  if (error.code == base::ErrorCode::io && error.remedy.empty()) {
    error.remedy = "name a container's bundle: the directory that holds its config.json";
  }
  return error;
}

// The id that an engine would pass: a bundle's directory carries it in containerd and Podman.
std::string id_from_bundle(std::string bundle) {
  while (bundle.size() > 1 && bundle.ends_with('/')) bundle.pop_back();
  return bundle.substr(bundle.rfind('/') + 1);
}

}  // namespace

ExitCode exit_code_of_decision(const policy::Decision& decision) {
  const auto* plan = std::get_if<policy::Plan>(&decision);
  if (plan == nullptr) return ExitCode::refused;
  const bool withheld = plan->would_refuse.has_value() || !plan->withheld_edit.empty();
  const bool held_up = std::ranges::any_of(plan->findings, policy::keeps_from_starting);
  return withheld || held_up || !plan->seccomp.profile ? ExitCode::different : ExitCode::ok;
}

CommandHelp CheckCommand::help() const {
  return {
      .name = "check",
      .summary = "what would happen to the container of a bundle, and why",
      .description =
          "Reads BUNDLE/config.json and the policy of this node, decides as the shim would, and "
          "prints the decision with its reasons and the change to config.json. Nothing is changed.",
      .exit_codes =
          "0 when the container starts confined; 1 when it starts without a seccomp filter, when "
          "its filter keeps it from reaching its program, or when mode observe lets through what "
          "enforce would change or refuse; 3 when it is refused.",
      .examples = {"bulkhead check .", "bulkhead check --json /run/user/bundle",
                   "bulkhead check --runtime /usr/bin/crun --id web ."},
  };
}

std::vector<Option> CheckCommand::options() {
  return {
      {"BUNDLE", "", "directory with config.json", &bundle_, true},
      {"--id", "ID", "container id (default: the bundle's directory name)", &id_},
      {"--runtime", "PATH", "the OCI runtime (default: the first of the policy's)", &runtime_},
      {"--full", "", "show every line of the change", &full_},
      {"--json", "", "print one JSON object", &json_},
  };
}

Result<ExitCode> CheckCommand::run(Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  const auto opened = oci_config::open_config(bundle_);
  if (!opened) return std::unexpected(no_bundle(opened.error()));
  const std::string id = id_.empty() ? id_from_bundle(bundle_) : id_;
  const admission::Request request{
      .invocation = {.container_id = id, .runtime_root = "", .bundle = bundle_},
      .runtime_path = runtime_.empty() ? runtime_of(*policy, environment.root) : runtime_,
      .paths = environment.paths,
      .opener = admission::GateOpener::caller};
  const auto examined = admission::examine(opened->document, request, *policy);
  if (!examined) return std::unexpected(no_runtime(examined.error()));
  const auto diff = diff_of(opened->document, examined->decision);
  if (!diff) return std::unexpected(diff.error());
  if (json_) {
    write_json(opened->path, *examined, *diff, environment.output);
  } else {
    const DiffExtent extent = full_ ? DiffExtent::everything : DiffExtent::beginnings;
    write_text(*examined, *diff, extent, environment.output);
  }
  return exit_code_of_decision(examined->decision);
}

}  // namespace bulkhead::cli
