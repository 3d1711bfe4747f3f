// The containers that a denial can be named after: those with a record, and for a while those whose
// record is gone. Pure; the caller reads the records (audit/records/record.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "audit/records/process_tree.h"
#include "audit/records/record.h"
#include "policy/values/identity.h"

namespace bulkhead::audit {

struct KnownContainer {
  policy::Identity identity;
  std::string file;  // of its record; what tells it from others of its id
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  std::string cgroup;  // its own; empty where it shares one
  std::string bundle;
  std::string seccomp;
  std::string apparmor;
  std::uint64_t gone_ns = 0;  // when its record was removed; 0: it is there
};

class ContainerRegistry {
 public:
  static constexpr std::size_t kMost = 4096;
  static constexpr std::uint64_t kRememberNs = 60'000'000'000;

  struct Added {
    ContainerNumber number = kNoContainer;
    bool is_new = false;
  };
  // The same container (file, pid and start time) keeps its number; what its record says now
  // counts.
  Added add(KnownContainer container);
  // The file of a record was removed.
  void removed_file(std::string_view name, std::uint64_t now_ns);
  // The process ended; where it was the init of a container, so did that.
  void process_ended(pid_t pid, std::uint64_t now_ns);
  [[nodiscard]] const KnownContainer* find(ContainerNumber number) const;
  void for_each(const std::function<void(ContainerNumber, const KnownContainer&)>& visit) const;
  // The container whose control group is this one, or the nearest one above; kNoContainer where
  // there is none or several containers share it.
  [[nodiscard]] ContainerNumber by_cgroup(std::string_view cgroup) const;

  // Forgets those that are gone for long, the oldest first where there are too many.
  void forget_old(std::uint64_t now_ns);
  [[nodiscard]] std::size_t size() const { return containers_.size(); }

 private:
  static constexpr ContainerNumber kShared = ~ContainerNumber{0};
  void index_cgroup(const std::string& cgroup, ContainerNumber number);
  void erase(ContainerNumber number);

  std::map<ContainerNumber, KnownContainer> containers_;
  std::map<std::string, ContainerNumber, std::less<>> by_file_;
  std::map<std::string, ContainerNumber, std::less<>> by_cgroup_;
  std::unordered_map<pid_t, ContainerNumber> inits_;
  ContainerNumber next_ = 1;
};

}  // namespace bulkhead::audit
