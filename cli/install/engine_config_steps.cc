#include "cli/install/engine_config_steps.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "cli/engines/engine_answer.h"
#include "cli/engines/run_program.h"
#include "cli/names/programs.h"
#include "cli/screen/readable_diff.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr int kAsk_ms = 20'000;
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

bool is_dockerd(pid_t pid) {
  char target[4096];
  const ssize_t length = ::readlink(cat("/proc/", pid, "/exe").c_str(), target, sizeof target);
  return length > 0 &&
         std::string_view(target, static_cast<std::size_t>(length)).ends_with("/dockerd");
}

std::optional<pid_t> running_dockerd() {
  const auto written = base::read_file_at(AT_FDCWD, "/run/docker.pid", {.max_bytes = 32});
  if (!written) return {};
  const auto number = base::parse_decimal(written->bytes.substr(0, written->bytes.find('\n')));
  const auto pid = static_cast<pid_t>(number.value_or(0));
  if (pid <= 0 || !is_dockerd(pid)) return {};
  return pid;
}

// What `systemctl reload docker` does.
bool reload_docker() {
  const auto pid = running_dockerd();
  return pid && ::kill(*pid, SIGHUP) == 0;
}

// Empty when it does not answer.
std::string docker_default(const std::string& docker) {
  const auto ran = run_program({docker, "info", "--format", "{{.DefaultRuntime}}"}, kAsk_ms);
  return ran && ran->exit_code == 0 ? ran->output : std::string();
}

// A daemon reads its configuration some moments after it was told to.
bool names_its_own_default(const std::string& docker) {
  constexpr int kTries = 40;
  for (int tries = 0; tries < kTries; ++tries) {
    if (docker_default(docker) == "runc\n") return true;
    ::usleep(250'000);
  }
  return false;
}

DaemonRead without_systemd(EngineKind kind) {
  if (kind == EngineKind::docker && reload_docker())
    return {true, "no systemd here: dockerd was told to reload, by SIGHUP"};
  if (!daemon_runs(kind)) return {true, cat(row_of(kind).program, " does not run")};
  return {false, cat("no systemd here: restart ", row_of(kind).program, " yourself")};
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
    std::string diff = exact_diff(file.before.value_or(""), file.after.value_or(""), file.path);
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

Result<DaemonRead> make_daemon_read(EngineKind kind, Output& output) {
  const std::string unit(row_of(kind).unit);
  if (unit.empty()) return DaemonRead{true, "reads its configuration at every start"};
  const std::string systemctl = find_program("", "systemctl");
  if (systemctl.empty() || ::access("/run/systemd/system", F_OK) != 0) return without_systemd(kind);
  const auto active = run_program({systemctl, "--quiet", "is-active", unit}, kRestart_ms);
  if (!active || active->exit_code != 0) return DaemonRead{true, cat(unit, " does not run")};
  const std::string_view verb = kind == EngineKind::docker ? "reload" : "restart";
  output.line(cat(row_of(kind).name, ": systemctl ", verb, ' ', unit));
  (void)output.flush();  // the caller's own flush tells of a reader that is gone
  const auto done = run_program({systemctl, std::string(verb), unit}, kRestart_ms);
  if (!done) return std::unexpected(done.error());
  if (done->exit_code == 0) return DaemonRead{true, cat(unit, ": ", verb, "ed")};
  return base::fail(ErrorCode::kernel,
                    cat("systemctl ", verb, ' ', unit, ": ", base::quoted(done->output, 1024)));
}

DockerDaemon docker_daemon() {
  if (::access("/run/docker.sock", F_OK) == 0) return DockerDaemon::reachable;
  return running_dockerd() ? DockerDaemon::elsewhere : DockerDaemon::none;
}

Result<bool> hand_over(const RootTree& tree, EngineKind kind, const EngineEdit& edit,
                       Output& output) {
  const DockerDaemon daemon = docker_daemon();
  if (!edit.handover || daemon == DockerDaemon::none) return true;
  const std::string docker = find_program("", "docker");
  if (daemon == DockerDaemon::elsewhere || docker.empty() || docker_default(docker).empty())
    return false;
  if (auto written = tree.write(edit.handover->path, *edit.handover->after); !written)
    return std::unexpected(std::move(written.error()));
  const auto read = make_daemon_read(kind, output);
  if (!read || !read->done) return read ? Result<bool>(false) : std::unexpected(read.error());
  if (names_its_own_default(docker)) return true;
  (void)tree.write(edit.handover->path, *edit.handover->before);
  return base::fail(ErrorCode::kernel, "dockerd does not read its configuration",
                    "its file was put back; look into its log, and try again");
}

}  // namespace bulkhead::cli
