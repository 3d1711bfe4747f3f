#include "audit/records/process_tree.h"

#include <algorithm>

namespace bulkhead::audit {

namespace {

constexpr int kDeepest = 256;  // bounds the climb where numbers form a ring by reuse

}  // namespace

void ProcessTree::found(pid_t pid, pid_t parent, ContainerNumber container, std::uint64_t now_ns) {
  nodes_.try_emplace(pid, Node{.parent = parent, .container = container, .found_ns = now_ns});
}

void ProcessTree::forked(pid_t parent, pid_t child, std::uint64_t time_ns) {
  const auto of_parent = nodes_.find(parent);
  if (of_parent == nodes_.end()) {
    // Of an unknown parent nothing follows; whoever had the number before is not this process.
    nodes_.erase(child);
    return;
  }
  Node node{.parent = parent, .container = of_parent->second.container, .born_ns = time_ns};
  const auto old = nodes_.find(child);
  if (old != nodes_.end() && time_ns <= old->second.found_ns) {
    // Found in /proc, or in a record, before its birth was told. (A process whose end was told to
    // nobody, a zombie of before, may have had a number that is given out again: then the birth is
    // the later one.)
    old->second.parent = parent;
    old->second.born_ns = time_ns;
    return;
  }
  if (old != nodes_.end()) {
    node.previous = old->second.container;
    // An end that nobody told was before we looked.
    node.previous_ended_ns =
        old->second.ended_ns != 0 ? old->second.ended_ns : old->second.found_ns;
  }
  nodes_.insert_or_assign(child, node);
}

void ProcessTree::ended(pid_t pid, std::uint64_t time_ns) {
  const auto found = nodes_.find(pid);
  if (found == nodes_.end()) return;
  found->second.ended_ns = std::max<std::uint64_t>(time_ns, 1);
  ended_.push_back({pid, found->second.ended_ns});
}

bool ProcessTree::descends_from(const Node& node, pid_t ancestor) const {
  const Node* at = &node;
  for (int depth = 0; depth < kDeepest; ++depth) {
    if (at->parent == ancestor) return true;
    const auto parent = nodes_.find(at->parent);
    // A parent that is younger than its child is another process of that number.
    if (parent == nodes_.end() || parent->second.born_ns > at->born_ns) return false;
    at = &parent->second;
  }
  return false;
}

void ProcessTree::assign(pid_t pid, ContainerNumber container, std::uint64_t now_ns) {
  const auto root = nodes_.try_emplace(pid, Node{.found_ns = now_ns}).first;
  const ContainerNumber before = root->second.container;
  root->second.container = container;
  const std::uint64_t born = root->second.born_ns;
  for (auto& [other, node] : nodes_) {
    if (other == pid || node.container != before || node.born_ns < born) continue;
    if (descends_from(node, pid)) node.container = container;
  }
}

std::optional<pid_t> ProcessTree::parent_of(pid_t pid) const {
  const auto node = nodes_.find(pid);
  return node == nodes_.end() ? std::nullopt : std::optional(node->second.parent);
}

std::optional<std::uint64_t> ProcessTree::born_ns(pid_t pid) const {
  const auto found = nodes_.find(pid);
  if (found == nodes_.end() || found->second.born_ns == 0) return std::nullopt;
  return found->second.born_ns;
}

std::optional<ContainerNumber> ProcessTree::container_of(
    pid_t pid, std::optional<std::uint64_t> record_ns) const {
  const auto found = nodes_.find(pid);
  if (found == nodes_.end()) return std::nullopt;
  const Node& node = found->second;
  if (node.previous && *node.previous == node.container) return node.container;
  if (record_ns && *record_ns + kClockSlackNs < node.born_ns) return node.previous;
  if (!node.previous) return node.container;
  // Numbers are given out in turn, so the one before usually ended long ago.
  const bool was_over = node.previous_ended_ns != 0 && record_ns &&
                        node.previous_ended_ns + kClockSlackNs < *record_ns;
  return was_over ? std::optional(node.container) : std::nullopt;
}

bool ProcessTree::has_processes(ContainerNumber container) const {
  return std::ranges::any_of(nodes_, [&](const auto& entry) {
    const Node& node = entry.second;
    return node.container == container || node.previous == container;
  });
}

void ProcessTree::forget_old(std::uint64_t now_ns) {
  while (!ended_.empty() &&
         (ended_.size() > kMostEnded || ended_.front().time_ns + kRememberNs < now_ns)) {
    const Ended oldest = ended_.front();
    ended_.pop_front();
    const auto found = nodes_.find(oldest.pid);
    if (found == nodes_.end()) continue;
    if (found->second.ended_ns == oldest.time_ns) {
      nodes_.erase(found);
    } else if (found->second.previous_ended_ns == oldest.time_ns) {
      found->second.previous.reset();
    }
  }
}

void ProcessTree::clear() {
  nodes_.clear();
  ended_.clear();
}

}  // namespace bulkhead::audit
