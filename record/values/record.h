// What programs did while they ran confined as always: the calls of each container under one name
// (`bulkhead record`), how they were seen and what was missed. A value without I/O: store.h keeps
// it, record_json.h reads and writes it, calls.h adds it up.
//
//   Record record{.name = "web", .since = now};
//   RecordedContainer& container = record.containers[{started, id}];
//   add_call(container, {arch, number}, {.count = 12, .first = now, .last = now});
//   bound(record);
//
// Names, images and ids come from outside: whoever shows them quotes them. Nothing here grows
// without a bound: what does not fit is counted as a loss or added up in `earlier`.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "record/values/access.h"
#include "record/values/trial.h"

namespace bulkhead::record {

using Time = std::uint64_t;  // milliseconds since 1970, UTC; 0: not known, not yet

// What the kernel calls it: AUDIT_ARCH_* and a number; x32 calls carry bit 30. Kept also where we
// have no name for it.
struct CallKey {
  std::uint32_t arch = 0;
  std::uint32_t number = 0;
  auto operator<=>(const CallKey&) const = default;
};

struct CallUse {
  std::uint64_t count = 0;    // calls that the kernel took
  Time first = 0, last = 0;   // of either kind
  std::uint64_t by_exec = 0;  // how many of `count` by processes that joined with `exec`
  std::uint64_t denied = 0;   // calls that a filter answered, beside `count`
  bool operator==(const CallUse&) const = default;
};

struct ArgumentKey {
  CallKey call;
  std::uint32_t index = 0;  // 0 to 5
  auto operator<=>(const ArgumentKey&) const = default;
};

// Where the counts add up to the call's own, every value is here.
struct SeenValues {
  std::map<std::uint64_t, std::uint64_t> counts;  // value → calls, those by exec included
  bool more = false;                              // there were others, beyond kMostValues
  bool operator==(const SeenValues&) const = default;
};

// What is missing, so that a profile made of it may deny what the program does.
struct Losses {
  std::uint64_t histogram_dropped = 0;  // entries for which the kernel's table had no place
  std::uint64_t audit_lost = 0;         // records of the kernel that did not arrive
  std::uint64_t unread = 0;             // processes that ended before their calls were read
  std::uint64_t beyond = 0;             // calls, values or accesses beyond what a record holds
  std::set<std::string> reasons;        // sentences, for what no number says; at most kMostReasons
  bool operator==(const Losses&) const = default;
};

struct LossRow {
  std::string_view key;  // in JSON
  std::uint64_t Losses::*count;
  std::string_view one;  // "1 <one> <rest>"
  std::string_view more;
  std::string_view rest;
};
inline constexpr std::array<LossRow, 4> kLossRows = {{
    {"histogram_dropped", &Losses::histogram_dropped, "entry", "entries",
     "that the kernel's table dropped"},
    {"audit_lost", &Losses::audit_lost, "record", "records", "of the kernel that did not arrive"},
    {"unread", &Losses::unread, "process", "processes", "that ended before being read"},
    {"beyond", &Losses::beyond, "entry", "entries", "beyond what a record holds"},
}};

enum class How : std::uint8_t {
  none,       // not at all; the losses say why
  log,        // a filter beside logs what the record did not have at its start, no arguments
  histogram,  // the kernel counted every call
};
inline constexpr std::array kHows = {How::none, How::log, How::histogram};
[[nodiscard]] std::string_view name_of(How how);

using Calls = std::map<CallKey, CallUse>;
using Arguments = std::map<ArgumentKey, SeenValues>;

// One start of one container.
struct ContainerKey {
  Time started = 0;
  std::string id;
  auto operator<=>(const ContainerKey&) const = default;
};

struct RecordedContainer {
  std::string name, namespace_, pod, image;  // of the policy::Identity; empty where it has none
  std::string runtime;                       // "runc", or its path
  std::string door;                          // "shim", "hook"
  std::string kernel;                        // uname -r
  std::string apparmor;                      // the profile that confined it
  std::string apparmor_loss;                 // why `accesses` is not all of it, or nothing
  std::string apparmor_unasked;              // why some may be denied by that profile, or nothing
  How how = How::none;
  std::uint64_t capabilities = 0;  // its bounding set; 0: none, or not known
  Time ended = 0;                  // 0: it runs
  std::uint64_t execs = 0;         // joins by exec
  Calls calls;                     // at most kMostCalls
  Arguments arguments;             // at most kMostArguments
  Accesses accesses;               // where AppArmor was recorded too
  Losses losses;
  bool operator==(const RecordedContainer&) const = default;
};

// Containers that ended long ago, added up so that a record may stay on for good.
struct Earlier {
  std::uint64_t containers = 0;
  Time started = 0, ended = 0;  // of the first, of the last
  Calls calls;                  // at most kMostCalls
  Accesses accesses;
  bool operator==(const Earlier&) const = default;
};

struct Record {
  std::string name;
  Time since = 0;
  std::map<ContainerKey, RecordedContainer> containers;  // at most kMostContainers
  Earlier earlier;
  Losses losses;  // those of no container that is listed
  Trial trial;    // of a profile; with one, the calls are those that it would deny
  bool operator==(const Record&) const = default;
};

inline constexpr std::size_t kMostContainers = 512;
inline constexpr std::size_t kMostCalls = 2048;     // of one container
inline constexpr std::size_t kMostArguments = 64;   // of one container
inline constexpr std::size_t kMostValues = 64;      // of one argument
inline constexpr std::size_t kMostEntries = 65536;  // of all listed containers; see entries_of
inline constexpr std::size_t kMostReasons = 16;

// [a-z0-9][a-z0-9_.-]{0,62}: also the name of its files. Error: usage.
[[nodiscard]] base::Result<void> check_name(std::string_view name);

// Times widen, numbers are added up.
void add_use(CallUse& use, const CallUse& more);
// Adds to what is there; what finds no place is counted in the container's losses. Sums stop at the
// largest number.
void add_call(RecordedContainer& container, CallKey call, const CallUse& use);
void add_value(RecordedContainer& container, ArgumentKey argument, std::uint64_t value,
               std::uint64_t count);
void add_access(RecordedContainer& container, const Access& access, const AccessUse& use);
void add_reason(Losses& losses, std::string reason);
void add_losses(Losses& losses, const Losses& more);

// "2 records of the kernel that did not arrive; tracefs was unmounted"; empty when nothing was
// lost.
[[nodiscard]] std::string text_of(const Losses& losses);
// Those of the record and of all its containers.
[[nodiscard]] Losses all_losses(const Record& record);
// What of AppArmor's side is missing, beside these: "why"; empty where nothing is.
[[nodiscard]] std::string apparmor_loss(const Record& record);

// Of all containers, what took place; of the uses only `by_others` is added up.
[[nodiscard]] Accesses::Map all_accesses(const Record& record);
// And what did not in any of them, since the profile in force denied it.
[[nodiscard]] std::set<Access> denied_accesses(const Record& record);

// Calls, values and accesses (Accesses::weight) of all listed containers.
[[nodiscard]] std::size_t entries_of(const Record& record);

// Makes it one that can be written and read: numbers that agree with each other, nothing beyond its
// bounds. Where there are too many containers, those that ended first are added up in `earlier`,
// without the values of arguments; those that run go last.
void bound(Record& record);

// Both records as one, under the first one's name, and with its trial. Of a container that both
// have, each number is the larger one, so that the order does not matter and a second time changes
// nothing; for what is added up in `earlier` that is a lower bound where the records are of two
// nodes.
[[nodiscard]] Record merge(Record one, const Record& other);

}  // namespace bulkhead::record
