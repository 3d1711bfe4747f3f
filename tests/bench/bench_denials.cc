// What `bulkhead watch` remembers: 1,000 containers, 100,000 different denials of them seen, and as
// many processes that ended as are remembered. The records are texts as the kernel writes them and
// take the watcher's way, from parsing to the line; only the sockets are missing. Two JSON lines,
// {"name","ratio","goal","unit"}: CPU for each record, and the most that the process held.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <variant>

#include "audit/denials/denial.h"
#include "audit/denials/denial_fold.h"
#include "audit/denials/denial_remedy.h"
#include "audit/denials/kernel_record.h"
#include "audit/records/container_registry.h"
#include "audit/records/process_tree.h"
#include "base/text.h"

namespace {

using namespace bulkhead;
using base::cat;

constexpr unsigned kContainers = 1'000;
constexpr unsigned kDenialsOfEach = 100;
constexpr std::uint64_t kSecond = 1'000'000'000;

audit::KnownContainer container(unsigned number) {
  const std::string id = cat("0123456789abcdef0123456789abcdef0123456789abcdef0123456789", number);
  return {.identity = {.engine = policy::Engine::containerd,
                       .id = id,
                       .namespace_ = cat("namespace-", number % 50),
                       .pod = cat("deployment-7d4b9c6f5-", number),
                       .pod_uid = "6f1f0c1e-3a52-4a53-9a0e-1b3f8e7d2c45",
                       .container = "application",
                       .image = "registry.example/team/application:1.2.3"},
          .pid = static_cast<pid_t>(100'000 + number),
          .start_time = 1,
          .cgroup = cat("/kubepods.slice/kubepods-burstable.slice/cri-containerd-", id, ".scope"),
          .bundle = cat("/run/containerd/io.containerd.runtime.v2.task/k8s.io/", id),
          .seccomp = "runtime/default",
          .apparmor = "cri-containerd.apparmor.d"};
}

std::string seccomp_text(unsigned serial, pid_t pid, unsigned nr) {
  return cat("audit(1795455154.156:", serial,
             "): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=", pid,
             " comm=\"application\" exe=\"/usr/local/bin/application\" sig=0 arch=c000003e "
             "syscall=",
             nr, " compat=0 ip=0x44bf49 code=0x50000");
}

std::string apparmor_text(unsigned serial, pid_t pid, unsigned number) {
  return cat("audit(1795455093.020:", serial,
             "): apparmor=\"DENIED\" operation=\"open\" profile=\"cri-containerd.apparmor.d\" "
             "name=\"/var/lib/application/data/tenants/0123456789/objects/file-",
             number, "\" pid=", pid,
             " comm=\"application\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 "
             "ouid=0");
}

struct Watching {
  audit::ContainerRegistry registry;
  audit::ProcessTree tree;
  audit::DenialFold fold{10 * kSecond};
  std::uint64_t lines = 0;
  std::uint64_t counted = 0;

  void tell(const audit::Denial& denial) {
    lines += audit::to_json(denial).empty() ? 0 : 1;
    counted += denial.count;
  }

  void take(std::uint16_t type, const std::string& text, std::uint64_t now_ns) {
    const auto parsed = audit::parse_kernel_record(type, text);
    const auto* record = parsed ? std::get_if<audit::KernelDenial>(&*parsed) : nullptr;
    if (record == nullptr) return;
    const auto source = tree.container_of(record->pid, std::nullopt);
    if (!source || !fold.is_first(*source, *record, now_ns)) return;
    audit::Denial denial = audit::denial_of(*record);
    denial.naming = audit::Naming::named;
    denial.identity = registry.find(*source)->identity;
    const auto* facts = std::get_if<audit::AppArmorRecord>(&record->facts);
    auto remedy = audit::remedy_of(denial, facts);
    denial.remedy = std::move(remedy.fragment);
    denial.caution = std::move(remedy.caution);
    denial.cause = "default action: the arguments meet no condition of /linux/seccomp/syscalls/12";
    fold.remember(denial);
    tell(denial);
  }

  void flush(std::uint64_t now_ns) {
    fold.flush(
        now_ns, [&](const audit::Denial& denial) { tell(denial); },
        [&](audit::ContainerNumber number) {
          audit::Denial denial;
          denial.naming = audit::Naming::named;
          denial.identity = registry.find(number)->identity;
          return denial;
        });
  }
};

void begin_containers(Watching& watching) {
  for (unsigned i = 0; i < kContainers; ++i) {
    audit::KnownContainer one = container(i);
    const pid_t init = one.pid;
    const auto added = watching.registry.add(std::move(one));
    watching.tree.assign(init, added.number, 1);
  }
  pid_t pid = 1'000'000;
  for (std::size_t i = 0; i < audit::ProcessTree::kMostEnded; ++i, ++pid) {
    const auto parent = static_cast<pid_t>(100'000 + i % kContainers);
    watching.tree.forked(parent, pid, kSecond);
    watching.tree.ended(pid, kSecond);
  }
}

double cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void print(const char* name, double value, double goal, const char* unit) {
  std::printf("{\"name\": \"%s\", \"ratio\": %.2f, \"goal\": %.0f, \"unit\": \"%s\"}\n", name,
              value, goal, unit);
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main() {
  Watching watching;
  begin_containers(watching);
  const double start_us = cpu_us();
  unsigned serial = 1;
  for (unsigned number = 0; number < kDenialsOfEach; ++number) {
    for (unsigned i = 0; i < kContainers; ++i, ++serial) {
      const auto pid = static_cast<pid_t>(100'000 + i);
      const std::uint64_t now_ns = kSecond + serial * 10'000ULL;
      if (number % 2 == 0) {
        watching.take(audit::kSeccompRecord, seccomp_text(serial, pid, number), now_ns);
      } else {
        watching.take(audit::kAppArmorRecord, apparmor_text(serial, pid, number), now_ns);
      }
    }
  }
  watching.flush(12 * kSecond);
  const double took_us = cpu_us() - start_us;
  const bool counted_all = watching.counted == std::uint64_t{kContainers} * kDenialsOfEach;
  if (!counted_all) std::fputs("bench_denials: denials were lost\n", stderr);
  constexpr unsigned kDenials = kContainers * kDenialsOfEach;
  print("denials-distinct-cpu", took_us / kDenials, 6, "us a record, each another denial");
  print("denials-memory", peak_mib(), 32, "MiB, 1000 containers, 100000 denials");
  return counted_all ? 0 : 1;
}
