#include "watch/teller.h"

#include <unistd.h>

#include <utility>
#include <variant>

#include "audit/denials/denial_remedy.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/observe/observe.h"
#include "watch/watch_metrics.h"

namespace bulkhead::watch {

using audit::ContainerNumber;
using audit::Denial;
using audit::KernelDenial;
using audit::kNoContainer;
using audit::Naming;

namespace {

constexpr ContainerNumber kGone = ~ContainerNumber{0};  // the budget of those who left no trace

// Of what was folded, by the number of its budget.
Denial denial_of_owner(ContainerNumber number, const Namer& namer) {
  Denial denial;
  const auto* container = namer.find(number);
  denial.naming = container != nullptr     ? Naming::named
                  : number == kNoContainer ? Naming::no_container
                                           : Naming::gone;
  if (container != nullptr) denial.identity = container->identity;
  return denial;
}

}  // namespace

Teller::Teller(const base::Paths& paths, policy::NodeFacts facts, const TellOptions& options)
    : options_(options), fold_(options.interval_ns), log_(paths.log), causes_(std::move(facts)) {}

void Teller::tell(const KernelDenial& record, Owner owner, const Namer& namer,
                  const Clocks& clocks) {
  const ContainerNumber budget =
      owner.naming == Naming::gone ? kGone : owner.number;  // kNoContainer: the node's own
  if (!fold_.is_first(budget, record, clocks.now_ns())) return;
  const Denial denial = denial_of(record, owner, namer, clocks);
  fold_.remember(denial);
  write(denial, clocks);
  note_lag(record.stamp, clocks);
}

Denial Teller::denial_of(const KernelDenial& record, Owner owner, const Namer& namer,
                         const Clocks& clocks) {
  Denial denial = audit::denial_of(record);
  denial.naming = owner.naming;
  if (const auto* container = namer.find(owner.number)) {
    denial.identity = container->identity;
    denial.name = names_.of(container->identity, clocks.now_ns());
    denial.seccomp = container->seccomp;
    denial.cause = causes_.cause_of(denial, owner.number, *container);
    if (denial.profile.empty()) denial.profile = container->seccomp;
  } else if (owner.naming == Naming::named) {
    denial.naming = Naming::gone;  // its record is forgotten
  } else if (owner.naming == Naming::no_container) {
    denial.cgroup = kernel::read_cgroup(record.pid);
  }
  auto remedy = audit::remedy_of(denial, std::get_if<audit::AppArmorRecord>(&record.facts));
  denial.remedy = std::move(remedy.fragment);
  denial.caution = std::move(remedy.caution);
  return denial;
}

void Teller::write(const Denial& denial, const Clocks& clocks) {
  std::string line = audit::to_json(denial);
  if (options_.print) {
    (void)base::write_all(STDOUT_FILENO, base::cat(line, "\n"), "standard output");
  }
  log_.append(std::move(line));
  journal_.send(denial);
  if (options_.metrics != nullptr) options_.metrics->told(denial, clocks.now_ns());
}

void Teller::flush(const Namer& namer, const Clocks& clocks) {
  fold_.flush(
      clocks.now_ns(), [&](const Denial& denial) { write(denial, clocks); },
      [&](ContainerNumber number) { return denial_of_owner(number, namer); });
}

// Of a line that was written just now. The clocks were read when the round began.
void Teller::note_lag(const audit::RecordStamp& stamp, const Clocks& clocks) {
  if (options_.metrics == nullptr) return;
  Clocks now = clocks;
  now.read();
  const auto made_ns = now.monotonic_ns(stamp);
  if (made_ns) options_.metrics->lagged(now.now_ns() > *made_ns ? now.now_ns() - *made_ns : 0);
}

}  // namespace bulkhead::watch
