// Which container a process belongs to, by descent: whoever is forked by a process of a container
// is of that container, also after its parent, or the process itself, is gone. Pure: fed with what
// the process connector tells and with what /proc showed at the start.
//
// A process that has ended is remembered for a while, because the kernel's audit record about it
// may arrive later. When its number was given to another process meanwhile, the time of the record
// decides between the two; where it cannot (both are equally possible), the answer is "not known".
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace bulkhead::audit {

using ContainerNumber = std::uint32_t;
inline constexpr ContainerNumber kNoContainer = 0;

class ProcessTree {
 public:
  static constexpr std::uint64_t kRememberNs = 30'000'000'000;
  static constexpr std::size_t kMostEnded = 65'536;

  // A process that /proc showed at that time. What is known already is not replaced.
  void found(pid_t pid, pid_t parent, ContainerNumber container, std::uint64_t now_ns);
  void forked(pid_t parent, pid_t child, std::uint64_t time_ns);
  void ended(pid_t pid, std::uint64_t time_ns);

  // The process and its descendants belong to this container. Descendants that belong to another
  // one already (a container in a container) are left alone.
  void assign(pid_t pid, ContainerNumber container, std::uint64_t now_ns);

  [[nodiscard]] bool knows(pid_t pid) const { return nodes_.contains(pid); }

  // Whose child it is, or was; nothing for a process that is not known.
  [[nodiscard]] std::optional<pid_t> parent_of(pid_t pid) const;

  // When the process was forked; nothing when that was not seen.
  [[nodiscard]] std::optional<std::uint64_t> born_ns(pid_t pid) const;

  // Nothing when the process is not known or it cannot be told which of two it was; kNoContainer
  // when it is none of a container. record_ns: when the record was made, on CLOCK_MONOTONIC,
  // accurate to kClockSlackNs; absent when the clocks cannot be compared.
  static constexpr std::uint64_t kClockSlackNs = 20'000'000;
  [[nodiscard]] std::optional<ContainerNumber> container_of(
      pid_t pid, std::optional<std::uint64_t> record_ns) const;
  // Whether a process of this container is alive or remembered.
  [[nodiscard]] bool has_processes(ContainerNumber container) const;

  // Forgets what ended more than kRememberNs ago, or too many.
  void forget_old(std::uint64_t now_ns);
  // After lost events nothing is certain any more.
  void clear();
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  struct Node {
    pid_t parent = 0;
    ContainerNumber container = kNoContainer;
    std::uint64_t found_ns = 0;  // when it was first seen, where not by its birth
    std::uint64_t born_ns = 0;   // 0: before we looked
    std::uint64_t ended_ns = 0;  // 0: alive
    // Who had the number before.
    std::optional<ContainerNumber> previous;
    std::uint64_t previous_ended_ns = 0;
  };
  struct Ended {
    pid_t pid;
    std::uint64_t time_ns;
  };
  [[nodiscard]] bool descends_from(const Node& node, pid_t ancestor) const;

  std::unordered_map<pid_t, Node> nodes_;
  std::deque<Ended> ended_;  // oldest first
};

}  // namespace bulkhead::audit
