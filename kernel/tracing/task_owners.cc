#include "kernel/tracing/task_owners.h"

#include <deque>

namespace bulkhead::kernel {

// Forks come in no order: from each task whose owner is known to its children, and so on.
void TaskOwners::add_forks(std::span<const TaskFork> forks) {
  std::unordered_multimap<pid_t, pid_t> children;
  for (const TaskFork& fork : forks) children.emplace(fork.parent, fork.child);
  std::deque<pid_t> waiting;
  for (const auto& [task, owner] : owners_) waiting.push_back(task);
  while (!waiting.empty()) {
    const pid_t parent = waiting.front();
    waiting.pop_front();
    const Owner owner = owners_.at(parent);
    const auto [begin, end] = children.equal_range(parent);
    for (auto child = begin; child != end; ++child) {
      const auto [known, is_new] = owners_.try_emplace(child->second, owner);
      if (is_new) waiting.push_back(child->second);
      if (known->second != owner) ++ambiguous_;
    }
  }
}

std::optional<TaskOwners::Owner> TaskOwners::owner_of(pid_t task) const {
  const auto found = owners_.find(task);
  return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace bulkhead::kernel
