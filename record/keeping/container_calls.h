// What was counted, put into the container of a record. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "record/keeping/counted.h"
#include "record/keeping/process_note.h"
#include "record/values/record.h"

namespace bulkhead::record {

// Of all processes of one container, as often as the kernel counted them.
struct ContainerCounts {
  NumberCounts all;
  NumberCounts by_exec;  // of `all`
  ArgumentCounts arguments;
  std::uint64_t execs = 0;

  void add(const NumberCounts& calls, bool are_by_exec);
  void add(const ArgumentCounts& values);
};

// Sets the counts of the native calls. The kernel counts calls of another ABI under their own
// numbers: those that it logged of this container are taken off. A call that is seen for the first
// time has `now` as its first time, one that grew as its last. Where less was counted than the
// container has already, that stays, and is a loss.
void set_counted(RecordedContainer& container, const ContainerCounts& counts, std::uint32_t native,
                 Time now);

// Values are added by what they grew; what was seen is never taken away.
void set_values(RecordedContainer& container, const ArgumentKey& argument,
                const NumberCounts& values);

// Who the container is, by the note of its first process.
void describe_container(const ProcessNote& note, RecordedContainer& container);

// Containers without a note do not run any more: the node was started anew meanwhile, and what they
// did since they were last read is lost.
void end_unnoted(Record& record, const std::set<ContainerKey>& noted, Time now);

// What the note itself says of losses, as sentences.
[[nodiscard]] std::vector<std::string> reasons_of(const ProcessNote& note);

}  // namespace bulkhead::record
