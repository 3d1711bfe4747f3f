// What `bulkhead watch` did not see, or could not keep, since it started. None of it is ever
// hidden: a line of kind `loss` tells it, and `bulkhead status` shows it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::audit {

struct LossCounts {
  std::uint64_t overflows = 0;
  std::uint64_t missing_serials = 0;
  std::uint64_t kernel_lost = 0;
  std::uint64_t process_overflows = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t foreign = 0;
  std::uint64_t dropped_lines = 0;
  std::uint64_t dropped_entries = 0;
  bool operator==(const LossCounts&) const = default;
};

struct LossRow {
  std::string_view key;  // in JSON
  std::uint64_t LossCounts::*count;
  std::string_view noun;  // "1 <noun> <rest>", "2 <noun>s <rest>"
  std::string_view rest;
};
inline constexpr std::array<LossRow, 8> kLossRows = {{
    {"receive_overflows", &LossCounts::overflows, "overflow", "of the receive buffer"},
    {"missing_serials", &LossCounts::missing_serials, "audit event", "that never arrived"},
    {"kernel_lost", &LossCounts::kernel_lost, "record", "lost by the kernel"},
    {"process_overflows", &LossCounts::process_overflows, "overflow", "of the process connector"},
    {"unreadable", &LossCounts::unreadable, "record", "not as the kernel writes it"},
    {"foreign", &LossCounts::foreign, "message", "that the kernel did not send"},
    {"dropped_lines", &LossCounts::dropped_lines, "line", "that the log did not take"},
    {"dropped_entries", &LossCounts::dropped_entries, "line", "that the journal did not take"},
}};

// "12 records lost by the kernel, 3 lines that the log did not take": what is not zero; empty when
// nothing was lost.
[[nodiscard]] std::string text_of(const LossCounts& losses);

// The kernel's own count of lost records, since the watcher started. The kernel counts since boot,
// in 32 bits, and anybody with CAP_AUDIT_CONTROL may set its counter back to zero.
class KernelLost {
 public:
  explicit KernelLost(std::uint32_t at_start) : last_(at_start) {}
  // Takes in what the kernel says now; the sum since the start.
  std::uint64_t now(std::uint32_t lost);

 private:
  std::uint32_t last_;
  std::uint64_t sum_ = 0;
};

}  // namespace bulkhead::audit
