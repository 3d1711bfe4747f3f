#include "kernel/gate/exec_proof.h"

#include <linux/capability.h>
#include <sys/ptrace.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/times.h"
#include "kernel/gate/last_words.h"
#include "kernel/gate/program_image.h"
#include "kernel/observe/observe.h"
#include "kernel/remote/remote_calls.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;
using policy::ObservedState;
using policy::Verdict;

namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t microseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

constexpr std::string_view kNoPrivilege = "the init had no privilege left to install it";

bool may_install(const ObservedState& observed) {
  return observed.no_new_privileges || (observed.capabilities.effective >> CAP_SYS_ADMIN & 1) != 0;
}

// One exec event.
class ExecStop {
 public:
  ExecStop(pid_t program, const GateOrder& order, Installer& installer, const TaskStatus* status)
      : program_(program), order_(order), installer_(installer), status_(status) {}

  GateOutcome prove();
  // Of the filters that hold; empty when they were not read. Asked for once nothing waits.
  [[nodiscard]] std::string stack() const {
    return filters_.empty() ? std::string() : policy::stack_digest(filters_);
  }
  [[nodiscard]] std::optional<bool> logs() const { return logs_; }

 private:
  [[nodiscard]] Result<ObservedState> observe() const;
  Result<ObservedState> install_and_observe();
  Result<ObservedState> install_now();
  void note_what_forbids_recording(const ObservedState& observed);
  [[nodiscard]] bool kills() const { return order_.on_difference == OnDifference::kill; }
  Verdict judge(ObservedState observed);
  [[nodiscard]] std::string sentence_of(const Verdict& verdict) const;
  GateOutcome conclude(const Verdict& verdict);

  const pid_t program_;
  const GateOrder& order_;
  Installer& installer_;
  const TaskStatus* status_;  // as it still is; null: unknown
  std::vector<policy::FilterProgram> filters_;
  std::optional<bool> logs_;
  std::optional<Shown> shown_;
};

Result<ObservedState> ExecStop::observe() const {
  ObserveOptions options = options_for(order_.expectation);
  options.apparmor = !order_.expectation.apparmor_label.empty();
  options.status = status_;
  if (order_.record && order_.record->filter) options.beside = &*order_.record->filter;
  if (order_.proof == ProofBy::reading) return observe_stopped(program_, options);
  const std::vector<policy::FilterProgram> taken = installer_.taken();
  options.known = &taken;
  return observe_stopped(program_, options);
}

Result<ObservedState> ExecStop::install_now() {
  status_ = nullptr;
  auto calls = RemoteCalls::after_exec(program_);
  if (!calls) return std::unexpected(calls.error());
  Result<void> installed;
  if (installer_.has_record()) installer_.install_record(*calls, InstallScope::one_thread);
  if (installer_.has_work()) installed = installer_.install(*calls, InstallScope::one_thread);
  if (installed) installed = calls->finish();
  if (!installed) return std::unexpected(installed.error());
  return observe();
}

// Where no_new_privs is planned, the kernel's answer to seccomp(2) tells as well as a look
// beforehand, and the process is stopped for less.
Result<ObservedState> ExecStop::install_and_observe() {
  if (!installer_.has_work() && !installer_.has_record()) return observe();
  if (!installer_.has_record() && order_.expectation.no_new_privileges) return install_now();
  auto observed = observe();
  if (!observed) return observed;
  if (!may_install(*observed)) {
    if (installer_.has_work()) installer_.note_no_privilege();
    if (installer_.has_record()) installer_.give_up_record(std::string(kNoPrivilege));
    return observed;
  }
  note_what_forbids_recording(*observed);
  return installer_.has_work() || installer_.has_record() ? install_now() : observed;
}

// The filters that hold are awake by now: at a call that they do not allow they would kill.
void ExecStop::note_what_forbids_recording(const ObservedState& observed) {
  const auto forbidden = call_that_forbids_installing(observed.filters);
  if (!installer_.has_record() || forbidden.empty()) return;
  installer_.give_up_record(
      cat("the filter does not allow ", forbidden, ", by which the gate would make it log"));
}

Verdict ExecStop::judge(ObservedState observed) {
  Verdict verdict = policy::judge(order_.expectation, observed);
  const bool took = order_.proof == ProofBy::taking;
  if (took && (verdict.filter_proof == policy::FilterProof::same_program ||
               verdict.filter_proof == policy::FilterProof::runtime_stub)) {
    verdict.filter_proof = policy::FilterProof::taken;
  }
  shown_ = Shown{observed.filters.size(), observed.apparmor.name, observed.no_new_privileges};
  if (!took) filters_ = std::move(observed.filters);
  logs_ = observed.newest_logs;
  return verdict;
}

std::string ExecStop::sentence_of(const Verdict& verdict) const {
  const std::string& incomplete = installer_.incomplete();
  if (verdict.holds() || incomplete.empty()) return verdict.sentence();
  return cat(verdict.sentence(), ", and the gate could not add it: ", incomplete);
}

GateOutcome ExecStop::conclude(const Verdict& verdict) {
  std::string sentence = sentence_of(verdict);
  if (!verdict.holds() && kills()) return kill_unproved(program_, order_, std::move(sentence));
  GateOutcome outcome{.result = !verdict.holds()                   ? GateResult::differs
                                : installer_.installed_confining() ? GateResult::installed
                                                                   : GateResult::proved,
                      .sentence = std::move(sentence),
                      .differences = verdict.differences,
                      .shown = shown_};
  outcome.proof = verdict.filter_proof;
  outcome.analysed = verdict.analysed;
  outcome.time = base::utc_now();
  if (order_.record) outcome.unrecorded = order_.record->begin(program_, installer_.unrecorded());
  // The point of no return: from here the container's program runs.
  (void)::ptrace(PTRACE_DETACH, program_, nullptr, nullptr);
  return outcome;
}

GateOutcome ExecStop::prove() {
  auto observed = install_and_observe();
  if (observed) return conclude(judge(*std::move(observed)));
  if (!is_still_stopped(program_)) return {.result = GateResult::ended};
  return conclude({.differences = {{"kernel", observed.error().sentence()}},
                   .filter_proof = policy::FilterProof::failed});
}

}  // namespace

GateOutcome prove_at_exec(pid_t program, const GateOrder& order, Installer& installer,
                          const TaskStatus* status) {
  const auto start = Clock::now();
  std::string program_path = program_path_of(program);
  std::string program_arch;
  if (order.on_difference == OnDifference::let_go) {
    program_arch = other_architecture_of(image_of(program));
  }
  ExecStop stop(program, order, installer, status);
  GateOutcome outcome = stop.prove();
  outcome.stopped_us = microseconds_since(start);
  outcome.program = program;
  outcome.program_path = std::move(program_path);
  outcome.program_arch = std::move(program_arch);
  outcome.logs = stop.logs();
  outcome.unlogged = installer.unlogged();
  outcome.stack = stop.stack();
  return outcome;
}

GateOutcome kill_unproved(pid_t process, const GateOrder& order, std::string sentence) {
  const LastWords last_words(process);
  std::string time = base::utc_now();
  (void)::kill(process, SIGKILL);
  last_words.say(cat(order.whom, " was killed before its program ran: ", sentence));
  return {.result = GateResult::killed,
          .program = process,
          .sentence = std::move(sentence),
          .time = std::move(time)};
}

bool is_still_stopped(pid_t task) {
  unsigned long message = 0;
  return ::ptrace(PTRACE_GETEVENTMSG, task, nullptr, &message) == 0;
}

}  // namespace bulkhead::kernel
