// What a gate is told to do, and what came of it. Both doors (init_gate.h, runtime_gate.h) share
// these values; nothing here touches the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/filter/filter.h"
#include "policy/proof/verdict.h"

namespace bulkhead::kernel {

enum class InstallAs : std::uint8_t {
  confining,              // part of the plan: without it nothing runs
  confining_and_logging,  // the same, with SECCOMP_FILTER_FLAG_LOG
  // The newest program that the runtime installed, as the kernel shows it, once more and with
  // SECCOMP_FILTER_FLAG_LOG: of equal actions the kernel logs and returns what the newest filter
  // says, so that no answer changes (runc answers ENOSYS to calls newer than the profile, which no
  // planned program does). Installation::program is empty. Where it cannot be had the container
  // runs without, and GateOutcome::unlogged says why.
  logging_beside,
  // What the runtime's filter may leave out of the plan (kernel/filters/recent_calls.h), beside
  // that. Where it cannot be had the proof decides, and its sentence says why it is not there.
  completing,
  completing_and_logging,
};

struct Installation {
  policy::FilterProgram program;
  InstallAs as = InstallAs::confining;
};

// When a gate installs.
enum class InstallWhen : std::uint8_t {
  // As soon as there is a process of the container, while it has every capability. The filters
  // sleep (PTRACE_O_SUSPEND_SECCOMP) until the gate lets go after the proof: nothing that the
  // runtime still does is denied, and no system call is traced.
  early,
  // Right before privileges are given away, found by tracing the system calls of the container's
  // first process; with no_new_privs at the exec event. For documents with createContainer hooks,
  // which would inherit the sleeping filter awake, and for kernels that let no filter sleep.
  before_exec,
};

enum class ProofBy : std::uint8_t {
  reading,  // filters are read back at the exec event
  // No filter can be read back (a user namespace): that the kernel took the planned ones is the
  // proof. A process cannot lose a filter again.
  taking,
};

enum class OnDifference : std::uint8_t {
  kill,
  let_go,  // mode observe: told, and let go whatever holds
};

// What is made beside everything that confines, so that it can be told later what the program did.
// None of it is part of the plan: where it cannot be had, the program runs without.
struct GateRecord {
  // Lets everything take effect and logs some (policy::lets_everything_pass). Never of the
  // runtime's own calls: it is installed early, asleep, whenever the others are; or at the exec
  // event, where a hook would inherit it awake (before_exec), which takes no_new_privs or
  // CAP_SYS_ADMIN.
  std::optional<policy::FilterProgram> filter;
  InstallWhen when = InstallWhen::early;
  // The last thing before the program is let go, with why the filter is not there (empty where it
  // is, or was not asked for). Returns what of it could not be had; empty where all is well.
  std::function<std::string(pid_t program, const std::string& why_no_filter)> begin;
};

struct GateOrder {
  policy::Expectation expectation;
  std::vector<Installation> installations;  // in this order; empty: the runtime installs
  InstallWhen when = InstallWhen::early;
  ProofBy proof = ProofBy::reading;
  OnDifference on_difference = OnDifference::kill;
  // The AppArmor profile that the runtime was not told of: the container is given it before its
  // exec. Empty: the runtime applies the planned one, or there is none.
  std::string exec_label;
  std::string_view whom = "the container";  // of sentences: who is killed
  std::optional<GateRecord> record;
};

enum class GateResult : std::uint8_t {
  proved,     // the plan holds; the program runs, unheld
  installed,  // the same, with a confining filter that the gate installed
  differs,    // OnDifference::let_go: the plan does not hold; the program runs, unheld
  killed,     // the plan does not hold; killed before its program ran
  faulted,    // a fault that nothing catches ended it before its program ran (forced_end.h)
  ended,      // it ended before any program of the container was executed
};

// What the kernel showed at the exec event, whatever was planned.
struct Shown {
  std::size_t filters = 0;
  std::string apparmor;  // the label in force; empty where none was asked for
  bool no_new_privileges = false;
};

struct GateOutcome {
  GateResult result = GateResult::ended;
  std::string program_path;  // what it executed, as /proc/<pid>/exe names it
  std::string program_arch;  // of let_go: where it is not the machine's own (program_image.h)
  pid_t program = 0;         // the process that executed the program; 0 when none did
  std::string sentence;  // of killed, differs and faulted: why; of ended: how, behind a sentence
  std::vector<policy::Difference> differences;  // of differs: that which the sentence tells
  std::optional<Shown> shown;                   // absent where the kernel could not be asked
  std::string time;  // when it came to that, before the program was let go (base/times.h); or empty
  policy::FilterProof proof = policy::FilterProof::failed;
  std::string stack;  // digest of the filters that hold; empty when they were not read
  std::vector<std::string> analysed;  // policy::Verdict::analysed
  std::uint64_t stopped_us = 0;       // how long the process was stopped at the exec event
  std::optional<bool> logs;           // the newest that is no record's has SECCOMP_FILTER_FLAG_LOG
  std::string unlogged;               // why a filter that logs beside the runtime's is not there
  std::string unrecorded;  // why what the program does is not recorded, where it was to be
};

}  // namespace bulkhead::kernel
