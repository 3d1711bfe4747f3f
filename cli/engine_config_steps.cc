#include "cli/engine_config_steps.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/programs.h"
#include "cli/run_program.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr int kRestart_ms = 120'000;

Result<EngineKind> engine_named(const std::string& name) {
  std::vector<std::string_view> names;
  for (const EngineRow& row : engine_table()) {
    if (row.name == name) return row.kind;
    names.push_back(row.name);
  }
  const auto near = base::nearest(name, names);
  return base::fail(ErrorCode::usage, cat("unknown engine ", base::quoted(name)),
                    near ? cat("did you mean ", *near, '?')
                         : cat("known are ", base::join({names.begin(), names.end()}, ", ")));
}

Style style_of(std::string_view line) {
  if (line.starts_with("+++") || line.starts_with("---")) return Style::bold;
  if (line.starts_with('+')) return Style::good;
  if (line.starts_with('-')) return Style::bad;
  return line.starts_with("@@") ? Style::dim : Style::plain;
}

std::string_view what_happens(const FileEdit& file) {
  if (!file.before) return "creates";
  return file.after ? "changes" : "removes";
}

}  // namespace

bool is_found(const RootTree& tree, EngineKind kind) {
  return !find_program(tree.root(), std::string(row_of(kind).program)).empty();
}

Result<std::vector<EngineKind>> chosen_engines(const RootTree& tree, const EngineChoice& choice) {
  std::vector<EngineKind> named;
  for (const std::string& name : choice.names) {
    const auto kind = engine_named(name);
    if (!kind) return std::unexpected(kind.error());
    named.push_back(*kind);
  }
  std::vector<EngineKind> chosen;
  for (const EngineRow& row : engine_table()) {
    const bool wanted = std::ranges::find(named, row.kind) != named.end();
    if (wanted || (choice.all_found && is_found(tree, row.kind))) chosen.push_back(row.kind);
  }
  if (!chosen.empty() || choice.all_found) return chosen;
  return base::fail(ErrorCode::usage, "no engine is named",
                    cat("`bulkhead ", choice.asked_by, " --all-found` takes those of this node"));
}

void write_diffs(const EngineEdit& edit, std::string_view engine, Output& output) {
  if (edit.files.empty()) output.line(cat(engine, ": nothing to change"));
  for (const FileEdit& file : edit.files) {
    output.line(cat(engine, ": ", what_happens(file), ' ', file.path));
    std::string diff =
        oci_config::readable_diff(file.before.value_or(""), file.after.value_or(""), file.path);
    for (std::string_view rest = diff; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      output.line(output.styled(style_of(line), line));
    }
  }
}

void write_changes(const EngineEdit& edit, std::string_view engine, Output& output) {
  if (edit.files.empty()) output.line(cat(engine, ": nothing to change"));
  for (const FileEdit& file : edit.files)
    output.line(cat(engine, ": ", what_happens(file), ' ', file.path));
}

Result<std::string> make_daemon_read(EngineKind kind) {
  const std::string unit(row_of(kind).unit);
  if (unit.empty()) return std::string("reads its configuration at every start");
  const std::string systemctl = find_program("", "systemctl");
  if (systemctl.empty() || ::access("/run/systemd/system", F_OK) != 0)
    return cat("no systemd here: restart ", row_of(kind).program, " yourself");
  const auto active = run_program({systemctl, "--quiet", "is-active", unit}, kRestart_ms);
  if (!active || active->exit_code != 0) return cat(unit, " does not run");
  const char* verb = kind == EngineKind::docker ? "reload" : "restart";
  const auto done = run_program({systemctl, verb, unit}, kRestart_ms);
  if (!done) return std::unexpected(done.error());
  if (done->exit_code == 0) return cat(unit, ": ", verb, "ed");
  return base::fail(ErrorCode::kernel,
                    cat("systemctl ", verb, ' ', unit, ": ", base::quoted(done->output, 1024)));
}

}  // namespace bulkhead::cli
