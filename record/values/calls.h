// What a record says of each call, all its containers together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "oci-config/seccomp_profile.h"
#include "record/values/record.h"

namespace bulkhead::record {

// What processes did that joined with `exec`.
enum class Joins : std::uint8_t { counted, left_out };

struct CallSum {
  CallUse use;
  std::size_t containers = 0;  // of those that the record lists
};
using CallSums = std::map<CallKey, CallSum>;

// Without joins a call that nobody else made is not there; of denied ones it is not known who they
// were of, so they stay.
[[nodiscard]] CallSums sum_of(const Record& record, Joins joins);

// "openat", "call 1000" where the number has no name.
[[nodiscard]] std::string text_of(CallKey call);

// The values of one argument. Complete: they are those of every call that was counted.
struct ArgumentSum {
  std::set<std::uint64_t> values;
  bool complete = false;
};
[[nodiscard]] ArgumentSum values_of(const Record& record, const ArgumentKey& argument);

// The architecture of the machine: this one's where the record has a call of it, else that of its
// 64-bit calls.
[[nodiscard]] oci_config::SeccompArch native_of(const Record& record);

// When the record last saw something: the end of a container, or a call.
[[nodiscard]] Time last_of(const Record& record);

// "2026-11-24T07:00:01.250Z"
[[nodiscard]] std::string utc_text(Time time);

}  // namespace bulkhead::record
