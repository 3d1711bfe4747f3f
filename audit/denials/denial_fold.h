// Folding repeated denials: the first of a kind is told at once, repetitions once per interval as a
// count. Pure; the caller brings the time (CLOCK_MONOTONIC, so that no step of the wall clock makes
// a denial late or doubles one).
//
// What is the same: container, and for seccomp architecture, number and action; for AppArmor
// profile, operation, object and denied mask. Not the process: a task names itself as it likes.
//
// Memory is bounded, and no container can use up what another one needs:
// - at most kMostPerSource different denials of one container are remembered;
// - beyond kMost in all, a container still gets its first kAlwaysPerSource;
// - the same in bytes, because a container chooses how long a path is that it is denied;
// - what does not fit is counted by container and told as one line per interval (kind `overflow`);
// - what has not been repeated for kForgetNs is forgotten: should it come again, it is told anew.
//   When little room is left, two intervals are enough; what is quiet is looked for once an
//   interval.
// So the counts of all lines add up to the number of records that were understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "audit/denials/denial.h"
#include "audit/denials/kernel_record.h"
#include "audit/records/process_tree.h"

namespace bulkhead::audit {

class DenialFold {
 public:
  static constexpr std::size_t kMostPerSource = 256;
  static constexpr std::size_t kAlwaysPerSource = 16;
  static constexpr std::size_t kMost = 8192;
  static constexpr std::size_t kHardLimit = 16384;  // whoever asks
  static constexpr std::size_t kMostBytesPerSource = 256 << 10;
  static constexpr std::size_t kMostBytes = 8 << 20;
  static constexpr std::size_t kHardLimitBytes = 16 << 20;
  static constexpr std::uint64_t kForgetNs = 600'000'000'000;

  explicit DenialFold(std::uint64_t interval_ns) : interval_ns_(interval_ns) {}

  // Counts the record. True: it is the first of its kind; the caller tells it and hands what it
  // told to remember(), before the next call.
  [[nodiscard]] bool is_first(ContainerNumber source, const KernelDenial& record,
                              std::uint64_t now_ns);
  void remember(const Denial& told);

  // When flush() has something to say; nothing while nothing was repeated.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const { return due_ns_; }
  // Hands out one line for each denial that was repeated and for each container with overflow.
  // `source_line` gives the line that an overflow begins with: the identity.
  void flush(std::uint64_t now_ns, const std::function<void(const Denial&)>& tell,
             const std::function<Denial(ContainerNumber)>& source_line);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string told;  // as a line: a third of what the value takes
    ContainerNumber source = kNoContainer;
    std::uint64_t pending = 0;
    RecordStamp first_pending;
    RecordStamp last;
    std::uint64_t last_ns = 0;
  };
  struct Source {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::uint64_t overflow = 0;
    RecordStamp first_overflow;
    RecordStamp last_overflow;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  [[nodiscard]] bool has_room(const Source& source) const;
  void repeat(Entry& entry, const KernelDenial& record, std::uint64_t now_ns);
  void overflow(Source& source, const KernelDenial& record, std::uint64_t now_ns);
  void make_due(std::uint64_t now_ns);
  [[nodiscard]] bool is_half_full() const {
    return entries_.size() > kMost / 2 || bytes_ > kMostBytes / 2;
  }
  void forget_quiet(std::uint64_t now_ns);
  void take_bytes(ContainerNumber source, std::size_t bytes);

  std::uint64_t interval_ns_;
  std::optional<std::uint64_t> due_ns_;
  std::uint64_t forget_due_ns_ = 0;  // going through all is not for every denial of a storm
  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
  std::map<ContainerNumber, Source> sources_;
  std::size_t bytes_ = 0;    // of keys and lines
  Entry* newest_ = nullptr;  // awaits remember()
  std::string key_;          // reused
};

}  // namespace bulkhead::audit
