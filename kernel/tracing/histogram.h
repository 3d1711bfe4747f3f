// The kernel's histograms of events (Documentation/trace/histogram.rst), as the file `hist` of an
// event shows them: one section for each trigger. Pure.
//
//   # trigger info: hist:keys=common_pid,id:vals=hitcount:sort=hitcount:size=131072 [active]
//   { common_pid:       4711, id:         20 } hitcount:          3
//   Totals:
//       Hits: 3
//       Entries: 1
//       Dropped: 0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bulkhead::kernel {

struct HistogramRow {
  std::vector<std::uint64_t> keys;  // in the order of Histogram::keys
  std::uint64_t count = 0;
  bool operator==(const HistogramRow&) const = default;
};

struct Histogram {
  std::vector<std::string> keys;  // "common_pid", "id"
  std::uint64_t size = 0;         // for how many rows the kernel has room
  bool active = false;            // it counts; else it is paused
  std::vector<HistogramRow> rows;
  std::uint64_t dropped = 0;  // events that found no room
  bool operator==(const Histogram&) const = default;
};

// Rows whose keys are numbers. Error: invalid_input, for a text that is not as the kernel writes it
// or is cut short.
[[nodiscard]] base::Result<std::vector<Histogram>> parse_histograms(std::string_view text);

}  // namespace bulkhead::kernel
