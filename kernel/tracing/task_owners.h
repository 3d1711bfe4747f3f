// Whose a task is that the kernel counted: whoever descends from a task of an owner is of that
// owner. Pure: fed with what the tables of forks tell.
//
// Forks carry no time, so a number that was given twice while one table was in use, to tasks of two
// owners, cannot be told apart: such a task stays the first owner's and is counted in ambiguous().
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "kernel/tracing/call_counter.h"

namespace bulkhead::kernel {

class TaskOwners {
 public:
  using Owner = std::uint32_t;

  void add(pid_t task, Owner owner) { owners_.try_emplace(task, owner); }
  void add_forks(std::span<const TaskFork> forks);

  [[nodiscard]] std::optional<Owner> owner_of(pid_t task) const;
  [[nodiscard]] const std::unordered_map<pid_t, Owner>& all() const { return owners_; }
  [[nodiscard]] std::size_t ambiguous() const { return ambiguous_; }

 private:
  std::unordered_map<pid_t, Owner> owners_;
  std::size_t ambiguous_ = 0;
};

}  // namespace bulkhead::kernel
