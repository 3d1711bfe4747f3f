#include "cli/denials/denial_status.h"

#include <algorithm>
#include <utility>

#include "audit/denials/small_backlog.h"
#include "audit/records/watch_lock.h"
#include "base/counted.h"
#include "base/text.h"
#include "cli/denials/unlogged.h"
#include "cli/names/containers.h"
#include "cli/names/programs.h"
#include "kernel/probes/probe.h"

namespace bulkhead::cli {

namespace {

using base::cat;

constexpr std::size_t kMinuteBytes = 16;  // "2026-11-24T07:00"

// As the kernel names them (Documentation/userspace-api/seccomp_filter.rst).
constexpr std::string_view kActions[] = {"kill_process", "kill_thread", "trap", "errno",
                                         "user_notif",   "trace",       "log"};

std::vector<std::string> actions_not_logged(const std::string& actions_logged) {
  const std::string listed = cat(' ', actions_logged, ' ');
  std::vector<std::string> missing;
  for (const std::string_view action : kActions) {
    if (!listed.contains(cat(' ', action, ' '))) missing.emplace_back(action);
  }
  return missing;
}

std::string minute(const std::string& time) {
  std::string text = time.substr(0, kMinuteBytes);
  if (text.size() == kMinuteBytes) text[10] = ' ';
  return text + " UTC";
}

std::string counts_text(const audit::WatchState& watch) {
  std::string text = base::counted(watch.records, "record");
  if (watch.records > 0) {
    text += cat(", lag ", watch.lag_ms, " ms, at most ", watch.longest_lag_ms, " ms");
  }
  const std::string losses = audit::text_of(watch.losses);
  return text + (losses.empty() ? "; nothing lost" : cat("; not seen: ", losses));
}

StatusLine running_line(const audit::WatchState& watch) {
  const bool writes = watch.problem.empty() && watch.waiting_lines == 0;
  std::string text = cat("watching since ", minute(watch.since), ", ", counts_text(watch));
  if (!writes) {
    text += cat("; ", base::counted(watch.waiting_lines, "line waits", "lines wait"), ": ",
                watch.problem);
  }
  if (!watch.record_problem.empty()) text += cat("; records wait: ", watch.record_problem);
  const bool all_written = writes && watch.record_problem.empty();
  const bool lost_nothing = watch.losses == audit::LossCounts();
  return {"watch", all_written && lost_nothing ? Light::good : Light::note, std::move(text)};
}

StatusLine watch_line(const DenialStatus& status, std::time_t now) {
  if (!status.watch_problem.empty()) return {"watch", Light::note, status.watch_problem};
  if (status.watched && !status.watch) return {"watch", Light::note, "watching, since just now"};
  if (status.watched) return running_line(*status.watch);
  std::string text =
      cat("nobody watches: denials are not logged; `", status.start_command, "` starts it");
  if (status.watch) {
    text += cat(". The last one ", status.watch->ended ? "ended " : "was killed; it told last ",
                age(status.watch->updated, now), " ago: ", counts_text(*status.watch));
  }
  return {"watch", Light::note, std::move(text)};
}

StatusLine audit_line(const DenialStatus& status) {
  if (!status.audit) return {"audit", Light::note, status.audit_problem};
  const kernel::AuditStatus& audit = *status.audit;
  std::string daemon = audit.daemon_pid == 0 ? "" : cat("; auditd runs, pid ", audit.daemon_pid);
  if (audit::is_small_backlog(audit.backlog_limit)) {
    return {"audit", Light::note, cat(audit::small_backlog_sentence(audit.backlog_limit), daemon)};
  }
  const std::string kept = audit.backlog_limit == 0 ? "any number of" : cat(audit.backlog_limit);
  return {"audit", Light::good,
          cat("the kernel keeps ", kept, " records while nobody reads them", daemon)};
}

std::string runtimes_text(const DenialStatus& status) {
  std::vector<std::string> parts;
  if (!status.runtimes_without_flag.empty()) {
    parts.push_back(cat(base::join(status.runtimes_without_flag, ", "), " takes no seccomp flags"));
  }
  if (!status.runtimes_dropping_flag.empty()) {
    parts.push_back(cat(base::join(status.runtimes_dropping_flag, ", "),
                        " was told to log and installed its filter without the flag, as the kernel "
                        "showed"));
  }
  return base::join(parts, "; ");
}

constexpr std::string_view kWhatIsNotRecorded =
    "what a filter denies with ERRNO, TRAP, TRACE or NOTIFY is not recorded";

// Why containers that start from now on have filters that do not log; empty where all log.
std::string why_filters_do_not_log(const DenialStatus& status) {
  if (status.log_denials == policy::LogDenials::no) {
    return cat("the policy's \"log_denials\" is false: ", kWhatIsNotRecorded);
  }
  if (status.mode == policy::Mode::observe) {
    return cat("mode observe changes no filter: where one does not log by itself, ",
               kWhatIsNotRecorded);
  }
  const std::string runtimes = runtimes_text(status);
  if (runtimes.empty()) return {};
  if (status.log_denials == policy::LogDenials::yes) {
    return cat(runtimes, ": ", kWhatIsNotRecorded,
               ". \"seccomp\": {\"log_denials\": \"always\"} in the policy lets the gate log it");
  }
  if (status.prove == policy::Prove::never) {
    return cat(runtimes, ", and under \"prove\": \"never\" no gate adds a filter that logs: ",
               kWhatIsNotRecorded);
  }
  return {};
}

void add_logging_lines(const DenialStatus& status, std::vector<StatusLine>& lines) {
  if (std::string why = why_filters_do_not_log(status); !why.empty()) {
    lines.push_back({"logging", Light::note, std::move(why)});
  }
  if (!status.unlogged.empty()) lines.push_back({"logging", Light::note, status.unlogged});
}

// What the other lines come to: good where whatever is denied is recorded and told.
StatusLine verdict(const DenialStatus& status, const std::vector<StatusLine>& others) {
  const auto missing = actions_not_logged(status.actions_logged);
  if (!missing.empty()) {
    return {"denials", Light::note,
            cat("the kernel logs no ", base::join(missing, ", "),
                ": add it to /proc/sys/kernel/seccomp/actions_logged")};
  }
  std::vector<std::string> where;
  for (const StatusLine& line : others) {
    const bool is_loss = line.subject != "audit" || !status.audit_problem.empty();
    if (line.light != Light::good && is_loss &&
        std::ranges::find(where, line.subject) == where.end()) {
      where.push_back(line.subject);
    }
  }
  if (where.empty()) {
    return {"denials", Light::good, "recorded and told: `bulkhead denials` shows them"};
  }
  return {"denials", Light::note, cat("not all are recorded: see ", base::join(where, ", "))};
}

void write_watch(const DenialStatus& status, base::JsonWriter& json) {
  json.begin_object("watch");
  json.member("running", status.watched);
  if (!status.watch_problem.empty()) json.member("problem", status.watch_problem);
  if (status.watch) json.member_raw("state", audit::to_json(*status.watch));
  json.end_object();
}

void write_audit(const DenialStatus& status, base::JsonWriter& json) {
  json.begin_object("audit");
  if (!status.audit_problem.empty()) json.member("problem", status.audit_problem);
  if (status.audit) {
    json.member("enabled", status.audit->enabled);
    json.member("backlog_limit", status.audit->backlog_limit);
    json.member("backlog", status.audit->backlog);
    json.member("lost_since_boot", status.audit->lost);
    json.member("daemon_pid", status.audit->daemon_pid);
  }
  json.end_object();
}

// ---- asking -------------------------------------------------------------------------------------

void ask_runtimes(DenialStatus& status, const policy::Policy& policy, const std::string& cache) {
  for (const std::string& name : policy.runtimes.value) {
    const std::string path = name.starts_with('/') ? name : find_program("", name);
    if (path.empty()) continue;
    const auto features = kernel::probe_runtime(path, cache);
    if (!features) continue;
    const bool says_so = features->seccomp_flags.contains(std::string(oci_config::kFlagLog));
    switch (features->log_flag) {
      case policy::LogFlag::taken: break;
      case policy::LogFlag::dropped:
        status.runtimes_dropping_flag.push_back(base::quoted(name));
        break;
      case policy::LogFlag::unseen:
        if (!says_so) status.runtimes_without_flag.push_back(base::quoted(name));
        break;
    }
  }
}

void take_settings(const policy::Policy& policy, DenialStatus& status) {
  status.log_denials = policy.globals.seccomp_log_denials.value;
  status.mode = policy.mode.value;
  status.prove = policy.prove.value;
}

void ask_node(DenialStatus& status, const base::Paths& paths, const policy::Policy* policy) {
  if (auto audit = kernel::read_audit_status()) {
    status.audit = *audit;
  } else {
    status.audit_problem = audit.error().sentence();
  }
  if (policy != nullptr) ask_runtimes(status, *policy, paths.cache);
}

}  // namespace

StatusLine denial_verdict(const DenialStatus& status, std::time_t now) {
  return denial_lines(status, now).front();
}

std::vector<StatusLine> denial_lines(const DenialStatus& status, std::time_t now) {
  std::vector<StatusLine> lines;
  if (status.audit || !status.audit_problem.empty()) lines.push_back(audit_line(status));
  lines.push_back(watch_line(status, now));
  add_logging_lines(status, lines);
  lines.insert(lines.begin(), verdict(status, lines));
  return lines;
}

void write_denial_status(const DenialStatus& status, base::JsonWriter& json) {
  write_watch(status, json);
  write_audit(status, json);
  json.strings("runtimes_without_log_flag", status.runtimes_without_flag);
  json.strings("runtimes_dropping_log_flag", status.runtimes_dropping_flag);
}

DenialStatus read_denial_status(const base::Paths& paths, const std::string& root,
                                const policy::Policy* policy) {
  DenialStatus status{.watched = audit::is_watched(paths),
                      .start_command = command_that_watches(root)};
  if (auto watch = audit::read_watch_state(paths)) {
    status.watch = *std::move(watch);
  } else {
    status.watch_problem = watch.error().sentence();
  }
  if (policy != nullptr) take_settings(*policy, status);
  status.unlogged = unlogged_sentence_for({}, paths, audit::EngineNames::read(root));
  if (root.empty()) ask_node(status, paths, policy);
  return status;
}

}  // namespace bulkhead::cli
