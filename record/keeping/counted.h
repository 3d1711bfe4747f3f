// What the kernel counted (kernel/tracing/call_counter.h), by process note. The kernel's tables are
// emptied now and then; what they held until then, and whose the tasks are that lived on, is kept
// in /run/bulkhead/record/.counted.json.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "kernel/tracing/call_counter.h"
#include "record/keeping/process_note.h"

namespace bulkhead::record {

using NumberCounts = std::map<std::uint64_t, std::uint64_t>;  // number of a call → how often

// Of a native call, or of the kernel's function in which it ends (kernel::kOfFunction), by the
// number and the argument's index: value → how often.
using ArgumentCounts = std::map<std::pair<std::uint32_t, std::uint32_t>, NumberCounts>;

struct Counted {
  std::map<std::string, NumberCounts> calls;        // by key_of() of a note
  std::map<std::string, ArgumentCounts> arguments;  // likewise, those that joined included
  std::map<pid_t, std::string> tasks;               // that are known: whose they are
  // Processes that joined and ended: of them all together, by key_of() of the container's first.
  std::map<std::string, NumberCounts> joined;
  std::map<std::string, std::uint64_t> joins;
  std::uint64_t dropped = 0;
  std::uint64_t ambiguous = 0;  // tasks that may be of either of two
  bool operator==(const Counted&) const = default;
};

// What was kept and what the tables hold now, together. Pure. Calls of tasks that descend from no
// note are nobody's: a container whose record was removed.
[[nodiscard]] Counted add_up(Counted kept, const kernel::CallCounts& tables,
                             const std::vector<ProcessNote>& notes);

// Empty where there are none.
[[nodiscard]] const NumberCounts& of_note(const std::map<std::string, NumberCounts>& counts,
                                          const std::string& key);

// A program may make up any number of calls and values. One more than a record holds of them is
// kept, so that the record tells that there were more; the others are let fall.
void add_number(NumberCounts& counts, std::uint64_t number, std::uint64_t count, std::size_t most);
void add(const ArgumentCounts& more, ArgumentCounts& sum);
[[nodiscard]] const ArgumentCounts& arguments_of(const Counted& counted, const std::string& key);

[[nodiscard]] std::string to_json(const Counted& counted);
// Error: invalid_input.
[[nodiscard]] base::Result<Counted> parse_counted(std::string text, std::string_view described);

// Nothing was kept where there is no file.
[[nodiscard]] base::Result<Counted> read_counted(const base::Paths& paths);
[[nodiscard]] base::Result<void> write_counted(const base::Paths& paths, const Counted& counted);
void remove_counted(const base::Paths& paths);

}  // namespace bulkhead::record
