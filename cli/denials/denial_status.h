// What `bulkhead status` says of denials: whether the kernel records them, whether somebody reads
// what it records, and what was lost on the way. It is good only where every denial is. The first
// half is pure, so that tests write it down.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "audit/records/watch_state.h"
#include "base/json_writer.h"
#include "base/paths.h"
#include "cli/screen/status_line.h"
#include "kernel/probes/audit_socket.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

struct DenialStatus {
  std::string actions_logged;  // /proc/sys/kernel/seccomp/actions_logged, read by the caller
  bool watched = false;
  std::optional<audit::WatchState> watch;  // of the watcher that runs, or of the last one
  std::string watch_problem;               // why its file cannot be read
  std::optional<kernel::AuditStatus> audit;
  std::string audit_problem;  // why the kernel cannot be asked; both empty: not asked
  // The policy's runtimes that are here and do not log: they do not say that they take
  // SECCOMP_FILTER_FLAG_LOG, or the kernel showed that they drop it.
  std::vector<std::string> runtimes_without_flag;
  std::vector<std::string> runtimes_dropping_flag;
  policy::LogDenials log_denials = policy::LogDenials::always;
  policy::Mode mode = policy::Mode::enforce;
  policy::Prove prove = policy::Prove::always;
  std::string unlogged;       // of containers that run (cli/denials/unlogged.h); empty for none
  std::string start_command;  // what starts a watcher here
};

// The verdict first, then what it comes from.
[[nodiscard]] std::vector<StatusLine> denial_lines(const DenialStatus& status, std::time_t now);
[[nodiscard]] StatusLine denial_verdict(const DenialStatus& status, std::time_t now);
void write_denial_status(const DenialStatus& status, base::JsonWriter& json);

// `root` is put in front of every path; below another root than "" the kernel and the runtimes,
// which are this node's, are not asked.
[[nodiscard]] DenialStatus read_denial_status(const base::Paths& paths, const std::string& root,
                                              const policy::Policy* policy);

}  // namespace bulkhead::cli
