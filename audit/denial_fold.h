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
// - what does not fit is counted by container and told as one line per interval (kind `overflow`);
// - what has not been repeated for kForgetNs is forgotten: should it come again, it is told anew.
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

#include "audit/denial.h"
#include "audit/kernel_record.h"
#include "audit/process_tree.h"

namespace bulkhead::audit {

class DenialFold {
 public:
  static constexpr std::size_t kMostPerSource = 256;
  static constexpr std::size_t kAlwaysPerSource = 16;
  static constexpr std::size_t kMost = 8192;
  static constexpr std::size_t kHardLimit = 16384;  // whoever asks
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

 private:
  struct Entry {
    Denial told;
    ContainerNumber source = kNoContainer;
    std::uint64_t pending = 0;
    RecordStamp first_pending;
    RecordStamp last;
    std::uint64_t last_ns = 0;
  };
  struct Source {
    std::size_t entries = 0;
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
  void forget_quiet(std::uint64_t now_ns);

  std::uint64_t interval_ns_;
  std::optional<std::uint64_t> due_ns_;
  std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> entries_;
  std::map<ContainerNumber, Source> sources_;
  Entry* newest_ = nullptr;  // awaits remember()
  std::string key_;          // reused
};

}  // namespace bulkhead::audit
