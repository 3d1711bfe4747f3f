#include "cli/watch/watch_command.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <memory>

#include "admission/examine.h"
#include "audit/records/watch_lock.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/profiles/profile_file.h"
#include "watch/watch_metrics.h"
#include "watch/watcher.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::Result;

// Readable as soon as the process is asked to end.
Result<base::UniqueFd> open_stop_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  base::UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd.valid()) return base::fail_errno(base::ErrorCode::kernel, "wait for", "signals");
  return fd;
}

Result<std::uint64_t> number_in(std::string_view option, const std::string& text,
                                std::uint64_t least, std::uint64_t most) {
  const auto number = base::parse_decimal(text);
  if (number && *number >= least && *number <= most) return *number;
  return base::fail(base::ErrorCode::usage, cat(option, " takes a number from ", least, " to ",
                                                most, ", not ", base::quoted(text)));
}

// A policy that is not valid says nothing here, and keeps nobody from seeing what is denied.
policy::Policy policy_of(const base::Paths& paths, std::vector<std::string>& notes) {
  auto policy = admission::load_policy(paths);
  if (policy) return *std::move(policy);
  notes.push_back(
      cat("watching without the policy, which is not valid: ", policy.error().sentence()));
  return policy::built_in_policy();
}

std::unique_ptr<watch::WatchMetrics> metrics_of(const policy::Policy& policy,
                                                const base::Paths& paths,
                                                std::vector<std::string>& notes) {
  const auto& listen = policy.metrics_listen.value;
  if (!listen) return nullptr;
  auto metrics = std::make_unique<watch::WatchMetrics>(paths, *listen);
  notes.push_back(metrics->problem().empty()
                      ? cat("serving metrics at ", base::quoted(policy::text_of(*listen)))
                      : cat(metrics->problem(), "; watching without, and trying once a minute"));
  return metrics;
}

}  // namespace

CommandHelp WatchCommand::help() const {
  return {
      .name = "watch",
      .summary = "listen to the kernel, and log every denial with its container",
      .description =
          "Runs until it is ended, as the service bulkhead-watch does it: reads the kernel's audit "
          "records (seccomp and AppArmor), finds out which container the process belongs to, and "
          "appends one JSON line for each different denial to /var/log/bulkhead/denials.jsonl, "
          "then a count of repetitions for each interval. Serves metrics for Prometheus where the "
          "policy names an address (metrics.listen). Works with and without auditd. Needs root in "
          "the node's own namespaces.",
      .exit_codes = "",
      .examples = {"bulkhead watch", "bulkhead watch --print",
                   "bulkhead watch --interval 60 --backlog-limit 8192"},
  };
}

std::vector<Option> WatchCommand::options() {
  return {{"--print", "", "write the lines to standard output as well", &print_},
          {"--json", "", "the same: each line is a JSON object", &print_},
          {"--interval", "SECONDS", "how often repetitions are told; 10 unless given", &interval_},
          {"--backlog-limit", "RECORDS",
           "raise the kernel's audit backlog limit to this; else audit.backlog_limit",
           &backlog_limit_}};
}

// An option is meant for this run; without it the policy says.
Result<std::uint32_t> WatchCommand::backlog_limit(const policy::Policy& policy) const {
  if (!backlog_limit_.empty()) {
    const auto limit = number_in("--backlog-limit", backlog_limit_, 0, 1 << 20);
    if (!limit) return std::unexpected(limit.error());
    return static_cast<std::uint32_t>(*limit);
  }
  return policy.audit_backlog_limit.value.records;
}

Result<ExitCode> WatchCommand::run(Environment& environment) {
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  const auto interval = number_in("--interval", interval_, 1, 3600);
  if (!interval) return std::unexpected(interval.error());
  std::vector<std::string> notes;
  const policy::Policy policy = policy_of(environment.paths, notes);
  const auto backlog = backlog_limit(policy);
  if (!backlog) return std::unexpected(backlog.error());
  auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const auto stop = open_stop_signals();
  if (!stop) return std::unexpected(stop.error());
  const auto lock = audit::lock_watch(environment.paths);
  if (!lock) return std::unexpected(lock.error());
  const auto metrics = metrics_of(policy, environment.paths, notes);
  auto watcher = watch::Watcher::open(
      environment.paths, std::move(*facts),
      {.tell = {.interval_ns = *interval * kNsPerSecond, .print = print_, .metrics = metrics.get()},
       .backlog_limit = *backlog});
  if (!watcher) return std::unexpected(watcher.error());
  for (std::string& warning : watcher->warnings()) notes.push_back(std::move(warning));
  std::string note = "bulkhead: watching for denials\n";
  for (const std::string& sentence : notes) note += cat("bulkhead: ", sentence, "\n");
  (void)base::write_all(STDERR_FILENO, note, "standard error");
  if (const auto ran = watcher->run(stop->get()); !ran) return std::unexpected(ran.error());
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
