#include "shim/open_gate.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "admission/joined_container.h"
#include "admission/prepare_gate.h"
#include "admission/record_start.h"
#include "admission/start_warning.h"
#include "kernel/gate/gate_process.h"
#include "kernel/gate/runtime_gate.h"
#include "kernel/probes/probe.h"
#include "kernel/tasks/mapped_file.h"
#include "policy/decide/gate_need.h"
#include "policy/decide/seccomp_loader.h"
#include "policy/values/apparmor_recorder.h"
#include "record/keeping/recorders.h"

namespace bulkhead::shim {

namespace {

using base::Result;
using kernel::Door;
using kernel::GateOutcome;
using policy::LogFlag;

// Whether the newest filter will be one that the runtime was asked to install with
// SECCOMP_FILTER_FLAG_LOG.
bool shows_runtimes_flag(const Holding& holding, const kernel::GateOrder& order) {
  const policy::PlannedSeccomp& seccomp = holding.container.plan.seccomp;
  return holding.door == Door::start && holding.container.plan.mode == policy::Mode::enforce &&
         order.installations.empty() && seccomp.profile && policy::asks_to_log(*seccomp.profile);
}

// What the gate's process works on. It is never destroyed: that process ends by _exit(2), and the
// one that made it by execve(2).
class Session {
 public:
  Session(Holding holding, kernel::RuntimeOrder order, admission::Voice voice)
      : holding_(std::move(holding)), order_(std::move(order)), voice_(std::move(voice)) {}

  [[nodiscard]] const kernel::GateDuties& duties() const { return duties_; }

 private:
  Result<void> attach() {
    learns_ = shows_runtimes_flag(holding_, order_.gate);
    const bool is_new = learns_ && holding_.container.plan.seccomp.log_flag == LogFlag::unseen;
    if (holding_.stand_in || is_new) order_.when_read = [this] { when_read(); };
    if (holding_.door == Door::exec) {
      order_.complete = [this](pid_t program, kernel::GateOrder& order) {
        return admission::expect_as_init(program, holding_.container, voice_.paths, order);
      };
    } else {
      order_.complete = [this](pid_t program, kernel::GateOrder&) -> Result<void> {
        ensure_recorded(program);
        return {};
      };
    }
    order_.when_failed = [this] {
      admission::explain_failed_start(voice_, holding_.container.plan);
    };
    if (holding_.door == Door::start) {
      order_.when_created = [this](pid_t init) { record_held(init); };
    }
    auto gate = kernel::RuntimeGate::attach(runtime_, std::move(order_));
    if (!gate) return std::unexpected(std::move(gate.error()));
    gate_ = *std::move(gate);
    hold_recorder(::getpid());
    return {};
  }

  // The runtime's process is still there, with all that it has mapped.
  void when_read() {
    if (holding_.stand_in) holding_.stand_in->put_back();
    if (learns_) libseccomp_ = kernel::mapped_file(runtime_, "libseccomp.so");
  }

  void record_held(pid_t init) {
    holding_.container.init = init;
    hold_recorder(init);
    record_ = admission::record_of(holding_.container);
    record_->gate_pid = ::getpid();
    admission::write_first_record(voice_, *record_);
  }

  // The profile that records is there for as long as anybody may run under it.
  void hold_recorder(pid_t process) const {
    const std::string& recorder = holding_.container.plan.apparmor.recorder;
    if (recorder.empty() || holding_.door != Door::start) return;
    record::hold_recorder(voice_.paths, policy::recorder_name(recorder), process);
  }

  // Before the program runs: who tells of a denial of its looks for the record at once.
  void ensure_recorded(pid_t program) {
    if (!record_ || record_->pid != program) record_held(program);
  }

  void run() {
    const GateOutcome outcome = gate_->run();
    if (holding_.stand_in) holding_.stand_in->put_back();
    report(outcome);
    gate_->let_go_of_the_rest();
    learn(outcome);
  }

  // Once nobody waits.
  void learn(const GateOutcome& outcome) {
    if (!learns_ || !outcome.logs) return;
    const LogFlag seen = *outcome.logs ? LogFlag::taken : LogFlag::dropped;
    if (seen == holding_.container.plan.seccomp.log_flag) return;
    kernel::remember_log_flag(holding_.container.runtime, voice_.paths.cache, seen, libseccomp_);
  }

  void report(const GateOutcome& outcome) {
    if (holding_.door == Door::exec) {
      return admission::report_joined(voice_, holding_.container, outcome);
    }
    if (outcome.program == 0 && !record_) {
      return admission::report_attempt(voice_, holding_.container, outcome);
    }
    if (outcome.program != 0) ensure_recorded(outcome.program);
    admission::report_outcome(voice_, holding_.container, *std::move(record_), outcome);
  }

  Holding holding_;
  kernel::RuntimeOrder order_;
  const admission::Voice voice_;
  const pid_t runtime_ = ::getpid();  // this process, which becomes it
  std::unique_ptr<kernel::RuntimeGate> gate_;
  std::optional<audit::ContainerRecord> record_;
  bool learns_ = false;
  std::string libseccomp_;
  const kernel::GateDuties duties_{
      .attach = [this] { return attach(); },
      .when_held = {},
      .run = [this] { run(); },
      .kept_descriptor = holding_.stand_in ? holding_.stand_in->kept_descriptor() : -1};
};

// The runtime loads the filter after all.
Result<void> leave_to_runtime(Holding& holding, std::string_view why) {
  policy::leave_to_runtime(holding.container.plan, why);
  const auto stand_in = std::move(holding.stand_in);
  return stand_in->write_whole();
}

// The filters come from the checkpoint: what they lack is a failed proof, and is not installed.
Result<void> make_ready_to_restore(kernel::GateOrder& order) {
  if (order.proof == kernel::ProofBy::taking) {
    return base::fail(base::ErrorCode::unsupported,
                      "a container that comes back from a checkpoint cannot be proved in a user "
                      "namespace: the kernel shows no filters there",
                      "restore it as the node's root, or set \"prove\": \"never\"");
  }
  order.installations.clear();
  return {};
}

// Observing installs nothing. It also leaves nobody traced: a container that did not stop for a
// look would be traced by the runtime that this process becomes.
bool installs_at_exec(const Holding& holding, kernel::ProofBy proof) {
  return holding.door == Door::exec && proof == kernel::ProofBy::reading &&
         holding.container.plan.mode == policy::Mode::enforce;
}

Result<void> add_filters_to_join(Holding& holding, kernel::GateOrder& order,
                                 const base::Paths& paths) {
  auto joining = admission::filters_to_join(holding.container, paths);
  if (!joining) return std::unexpected(std::move(joining.error()));
  if (!joining->empty()) order.installations = *std::move(joining);
  return {};
}

Result<kernel::GateOrder> order_for(Holding& holding, kernel::ProofBy proof,
                                    const base::Paths& paths) {
  auto order = admission::prepare_gate(holding.container, proof, paths);
  if (!order) return order;
  order->expectation.descriptors = {.preserved = holding.preserved_descriptors};
  Result<void> ready;
  if (holding.door == Door::restore) ready = make_ready_to_restore(*order);
  if (holding.door == Door::exec) order->whom = "the process";
  if (installs_at_exec(holding, proof)) ready = add_filters_to_join(holding, *order, paths);
  if (!ready) return std::unexpected(std::move(ready.error()));
  if (holding.door != Door::restore) {
    const auto as = holding.door == Door::exec ? admission::RecordedAs::joining
                                               : admission::RecordedAs::first_process;
    admission::add_record(holding.container, as, "shim", paths, *order);
  }
  return order;
}

// The last thing before the gate holds: whoever is killed in between leaves the stand-in in place.
Result<kernel::GateOrder> order_in_place(Holding& holding, kernel::ProofBy proof,
                                         const base::Paths& paths) {
  if (holding.stand_in && proof == kernel::ProofBy::taking) {
    auto left = leave_to_runtime(holding, "in a user namespace no filter can sleep");
    if (!left) return std::unexpected(std::move(left.error()));
  }
  auto order = order_for(holding, proof, paths);
  if (!order || !holding.stand_in) return order;
  const auto placed = holding.stand_in->take_place();
  if (placed) return order;
  auto left = leave_to_runtime(holding, placed.error().sentence());
  if (!left) return std::unexpected(std::move(left.error()));
  return order_for(holding, proof, paths);
}

}  // namespace

Result<void> open_gate(Holding holding, const admission::Voice& voice) {
  const auto proof = admission::possible_proof();
  if (!proof) return std::unexpected(proof.error());
  auto order = order_in_place(holding, *proof, voice.paths);
  if (!order) return std::unexpected(std::move(order.error()));
  kernel::RuntimeOrder runtime_order{
      .gate = *std::move(order),
      .door = holding.door,
      .may_be_outside = holding.container.plan.start.shares_everything,
      .hook_paths = holding.container.plan.start.hook_paths,
      .complete = {},
      .when_read = {},
      .when_created = {}};
  auto session = std::make_unique<Session>(std::move(holding), std::move(runtime_order), voice);
  auto opened = kernel::start_gate(session->duties());
  if (opened) (void)session.release();  // the gate's
  return opened;
}

}  // namespace bulkhead::shim
