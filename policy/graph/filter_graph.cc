#include "policy/graph/filter_graph.h"

#include <algorithm>
#include <cstddef>

#include "policy/filter/filter_machine.h"
#include "policy/graph/value_conditions.h"

namespace bulkhead::policy {

namespace {

constexpr NodeId kFree = 0xffffffff;
constexpr std::size_t kFirstSlots = 4096;

std::size_t mix(std::size_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

std::size_t hash_of(const Node& node) {
  std::size_t hash = mix(static_cast<std::size_t>(node.kind) + 1, node.value);
  hash = mix(hash, (std::uint64_t{node.test.word} << 1) | (node.test.at_least ? 1U : 0U));
  hash = mix(hash, (std::uint64_t{node.test.mask} << 32) | node.test.value);
  return mix(hash, (std::uint64_t{node.yes} << 32) | node.no);
}

}  // namespace

NodeId FilterGraph::answer(std::uint32_t return_value) {
  return intern({.kind = NodeKind::answer, .value = return_value});
}

NodeId FilterGraph::one_of(std::vector<std::uint32_t> return_values) {
  std::ranges::sort(return_values);
  const auto repeated = std::ranges::unique(return_values);
  return_values.erase(repeated.begin(), repeated.end());
  if (return_values.size() == 1) return answer(return_values.front());
  const auto known = std::ranges::find(alternatives_, return_values);
  const auto index = static_cast<std::uint32_t>(known - alternatives_.begin());
  if (known == alternatives_.end()) alternatives_.push_back(std::move(return_values));
  return intern({.kind = NodeKind::one_of, .value = index});
}

NodeId FilterGraph::unchecked() { return intern({.kind = NodeKind::unchecked}); }

NodeId FilterGraph::not_analysable(std::uint32_t instruction) {
  return intern({.kind = NodeKind::not_analysable, .value = instruction});
}

NodeId FilterGraph::test(const WordTest& test, NodeId yes, NodeId no) {
  if (yes == no) return yes;
  const bool always = test.at_least ? test.value == 0 : test.mask == 0 && test.value == 0;
  if (always) return yes;
  const bool never = test.at_least ? test.value > test.mask : (test.value & ~test.mask) != 0;
  if (never) return no;
  return intern({.kind = NodeKind::test, .test = test, .yes = yes, .no = no});
}

std::vector<std::uint32_t> FilterGraph::values_of(NodeId leaf) const {
  const Node& node = nodes_[leaf];
  if (node.kind == NodeKind::answer) return {node.value};
  if (node.kind == NodeKind::one_of) return alternatives_[node.value];
  return {};
}

NodeId FilterGraph::leaf_of(NodeId root, const SyscallEvent& event) const {
  NodeId id = root;
  while (nodes_[id].kind == NodeKind::test) {
    const WordTest& test = nodes_[id].test;
    const ValueCondition condition{test.at_least, true, test.mask, test.value};
    id = meets(word_of(event, test.word), condition) ? nodes_[id].yes : nodes_[id].no;
  }
  return id;
}

NodeId FilterGraph::intern(const Node& node) {
  if ((nodes_.size() + 1) * 2 > slots_.size()) grow();
  std::size_t slot = hash_of(node) & (slots_.size() - 1);
  while (slots_[slot] != kFree) {
    if (nodes_[slots_[slot]] == node) return slots_[slot];
    slot = (slot + 1) & (slots_.size() - 1);
  }
  slots_[slot] = static_cast<NodeId>(nodes_.size());
  nodes_.push_back(node);
  return slots_[slot];
}

void FilterGraph::grow() {
  slots_.assign(std::max(kFirstSlots, slots_.size() * 2), kFree);
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    std::size_t slot = hash_of(nodes_[id]) & (slots_.size() - 1);
    while (slots_[slot] != kFree) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = id;
  }
}

}  // namespace bulkhead::policy
