#include "kernel/tracing/call_counter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/arch/architecture.h"
#include "kernel/tracing/count_tables.h"
#include "kernel/tracing/histogram.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;

namespace {

constexpr std::size_t kMostTableBytes = 64 << 20;

// PID_MAX_LIMIT (linux/threads.h): no process ever has this number. While nothing at all was
// written to set_event_pid, the triggers would count every task of the node.
constexpr std::string_view kNobody = "4194304\n";

// "p:GROUP/EVENT FUNCTION FIELD=FETCH", Documentation/trace/kprobetrace.rst. The entry of a native
// call is given its registers.
std::string entry_probe_of(const Table& table) {
  const std::string_view name = table.event.substr(table.event.find('/') + 1);
  const std::string_view field = table.keys[0].substr(table.keys[0].find(',') + 1);
  return cat(Machine::kCallEntry, name, ' ', field, "=+", Machine::kArgumentOffsets[table.index],
             "($arg1):u64");
}
std::string probe_of(const Table& table) {
  return cat("p:", table.event, ' ',
             is_of_function(table) ? std::string(table.probe) : entry_probe_of(table), '\n');
}

std::string trigger_of(const Table& table, std::size_t guise) {
  return cat("hist:keys=", table.keys[guise], ":size=", table.size);
}

Result<void> write_to(const std::string& path, std::string_view text) {
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file.valid()) return fail_errno(ErrorCode::kernel, "open", path);
  if (::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return fail_errno(ErrorCode::kernel, cat("write ", base::quoted(text), " to"), path);
}

Result<std::string> read_from(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail_errno(ErrorCode::kernel, "open", path);
  return base::drain(file.get(), path, kMostTableBytes);
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::string mounted_root() {
  for (const std::string_view root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (is_there(cat(root, "/instances"))) return std::string(root);
  }
  return "/sys/kernel/tracing";
}

// The inode of the first pid namespace (PROC_PID_INIT_INO, linux/proc_ns.h).
bool is_in_first_pid_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFC;
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == kFirst;
}

// Which guise of a table counts; nothing where neither does.
std::optional<std::size_t> guise_in(std::string_view triggers, const Table& table) {
  for (std::size_t guise = 0; guise < table.keys.size(); ++guise) {
    if (triggers.contains(cat("hist:keys=", table.keys[guise], ":"))) return guise;
  }
  return std::nullopt;
}

// Where the task stands among its keys is its guise.
std::optional<std::size_t> guise_of(const Histogram& histogram, const Table& table) {
  const std::string keys = base::join(histogram.keys, ",");
  for (std::size_t guise = 0; guise < table.keys.size(); ++guise) {
    if (keys == table.keys[guise]) return guise;
  }
  return std::nullopt;
}

std::uint64_t total_of(const Histogram& histogram) {
  std::uint64_t total = 0;
  for (const HistogramRow& row : histogram.rows) total += row.count;
  return total;
}

// Where somebody was killed in turn() there are two. What is paused came before the other one; of
// two that count, the one with more began first and has all that the other has.
const Histogram* older_of(const std::vector<Histogram>& histograms) {
  const auto is_older = [](const Histogram& one, const Histogram& other) {
    if (one.active != other.active) return !one.active;
    return total_of(one) > total_of(other);
  };
  const auto older = std::ranges::min_element(histograms, is_older);
  return older == histograms.end() ? nullptr : &*older;
}

bool is_half_full(const Histogram& histogram) {
  return histogram.size > 0 && histogram.rows.size() * 2 >= histogram.size;
}

void take(const Histogram& histogram, const Table& table, CallCounts& counts) {
  const auto guise = guise_of(histogram, table);
  if (!guise || histogram.keys.size() != 2) return;
  for (const HistogramRow& row : histogram.rows) {
    const auto task = static_cast<pid_t>(row.keys[*guise]);
    const std::uint64_t other = row.keys[1 - *guise];
    switch (table.holds) {
      case Holds::forks: counts.forks.push_back({task, static_cast<pid_t>(other)}); break;
      case Holds::calls: counts.calls.push_back({task, other, row.count}); break;
      case Holds::values:
        counts.arguments.push_back({task, table.call, table.index, other, row.count});
        break;
    }
  }
  if (is_needed(table)) counts.dropped += histogram.dropped;
  counts.fills = counts.fills || is_half_full(histogram);
}

}  // namespace

CallCounter::CallCounter(std::string tracing_root)
    : root_(tracing_root.empty() ? mounted_root() : std::move(tracing_root)),
      instance_(root_ + "/instances/bulkhead") {}

std::string CallCounter::path(std::string_view file) const { return cat(instance_, '/', file); }

std::string CallCounter::event_file(const Table& table, std::string_view file) const {
  const std::string directory = path(cat("events/", table.event));
  if (table.instead.empty() || is_there(directory)) return cat(directory, '/', file);
  return path(cat("events/", table.instead, '/', file));
}

Result<void> CallCounter::check() const {
  if (!is_there(root_ + "/instances")) {
    return fail(ErrorCode::unsupported, "tracefs is not mounted, by which the kernel counts calls",
                cat("mount -t tracefs tracefs ", root_));
  }
  if (!is_there(root_ + "/events/raw_syscalls/sys_enter/hist")) {
    return fail(ErrorCode::unsupported,
                "this kernel has no histograms of system calls (CONFIG_HIST_TRIGGERS, "
                "CONFIG_FTRACE_SYSCALLS)");
  }
  if (is_in_first_pid_namespace()) return {};
  return fail(ErrorCode::unsupported,
              "the kernel counts calls by the process numbers of the node, and this is another pid "
              "namespace");
}

bool CallCounter::counts_in(std::size_t number) const {
  const Table& table = kTables[number];
  const auto triggers = read_from(event_file(table, "trigger"));
  return triggers && guise_in(*triggers, table).has_value();
}

bool CallCounter::counts() const {
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    if (is_needed(kTables[i]) && !counts_in(i)) return false;
  }
  return true;
}

bool CallCounter::sees_functions() const {
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    if (is_of_function(kTables[i]) && !counts_in(i)) return false;
  }
  return true;
}

// The order matters: nothing counts before set_event_pid holds a number.
Result<void> CallCounter::set_up() const {
  // No event is ever written there; the buffers' default size is some MB.
  (void)write_to(path("buffer_size_kb"), "4\n");
  if (auto done = write_to(path("options/event-fork"), "1\n"); !done) return done;
  if (auto done = write_to(path("set_event_pid"), kNobody); !done) return done;
  for (const Table& table : kTables) {
    // Fails where somebody was killed before its removal: it is there, then.
    if (is_probe(table)) (void)write_to(probes(), probe_of(table));
    const std::string trigger = event_file(table, "trigger");
    const auto before = read_from(trigger);
    if (before && guise_in(*before, table)) continue;
    auto done = write_to(trigger, trigger_of(table, 0));
    if (!done && is_needed(table)) return done;
  }
  return {};
}

Result<void> CallCounter::make() const {
  if (auto able = check(); !able) return able;
  if (counts()) return {};
  constexpr mode_t kMode = 0700;
  if (::mkdir(instance_.c_str(), kMode) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kernel, "make", instance_);
  }
  auto done = set_up();
  if (!done) (void)remove();
  return done;
}

Result<void> CallCounter::add(pid_t task) const {
  return write_to(path("set_event_pid"), cat(task, '\n'));
}

Result<std::vector<Histogram>> CallCounter::histograms(const Table& table) const {
  const auto text = read_from(event_file(table, "hist"));
  if (!text) return std::unexpected(text.error());
  return parse_histograms(*text);
}

Result<CallCounts> CallCounter::read() const {
  CallCounts counts;
  for (const Table& table : kTables) {
    const auto found = histograms(table);
    if (!found && is_needed(table)) return std::unexpected(found.error());
    if (!found) continue;
    const Histogram* const older = older_of(*found);
    for (const Histogram& histogram : *found) {
      if (&histogram == older || !older->active) take(histogram, table, counts);
    }
  }
  return counts;
}

// What is added counts before the other one is paused, and only what is paused is read.
Result<void> CallCounter::begin_anew(std::size_t number) const {
  const Table& table = kTables[number];
  const std::string trigger = event_file(table, "trigger");
  const auto found = histograms(table);
  if (!found) return std::unexpected(found.error());
  const Histogram* const older = older_of(*found);
  const auto guise = older == nullptr ? std::nullopt : guise_of(*older, table);
  if (!guise) return fail(ErrorCode::kernel, cat("nothing counts in ", trigger));
  if (found->size() == 1) {
    if (auto added = write_to(trigger, trigger_of(table, 1 - *guise)); !added) return added;
  }
  return write_to(trigger, cat(trigger_of(table, *guise), ":pause"));
}

Result<void> CallCounter::take_paused(std::size_t number, CallCounts& counts) const {
  const Table& table = kTables[number];
  const auto found = histograms(table);
  if (!found) return std::unexpected(found.error());
  for (const Histogram& histogram : *found) {
    const auto guise = guise_of(histogram, table);
    if (histogram.active || !guise) continue;
    take(histogram, table, counts);
    auto removed = write_to(event_file(table, "trigger"), cat('!', trigger_of(table, *guise)));
    if (!removed) return removed;
  }
  return {};
}

Result<CallCounts> CallCounter::turn() const {
  CallCounts counts;
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    auto done = begin_anew(i);
    if (!done && is_needed(kTables[i])) return std::unexpected(std::move(done.error()));
  }
  for (std::size_t i = 0; i < kTables.size(); ++i) {
    auto done = take_paused(i, counts);
    if (!done && is_needed(kTables[i])) return std::unexpected(std::move(done.error()));
  }
  return counts;
}

// What is in use cannot be removed: the triggers go first, then their directory, then the probes,
// which are the whole node's.
Result<void> CallCounter::remove() const {
  for (const Table& table : kTables) {
    const std::string trigger = event_file(table, "trigger");
    for (std::size_t guise = 0; guise < table.keys.size(); ++guise) {
      (void)write_to(trigger, cat('!', trigger_of(table, guise)));
    }
  }
  if (::rmdir(instance_.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return fail_errno(ErrorCode::kernel, "remove", instance_);
  }
  for (const Table& table : kTables) {
    if (is_probe(table)) (void)write_to(probes(), cat("-:", table.event, '\n'));
  }
  return {};
}

}  // namespace bulkhead::kernel
