#include "policy/analysis/call_search.h"

#include <cstddef>
#include <utility>

#include "policy/filter/filter_machine.h"

namespace bulkhead::policy {

std::size_t CallSearch::HashOfNodes::operator()(const Nodes& nodes) const {
  std::size_t hash = nodes.size();
  for (const NodeId id : nodes) hash = (hash ^ id) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 32);
}

bool CallSearch::run(std::uint32_t arch, std::uint32_t nr, std::span<const NodeId> roots,
                     const Visit& visit) {
  visit_ = &visit;
  event_ = {.nr = nr, .arch = arch};
  followed_.clear();
  return follow(rewrite_.for_call({roots.begin(), roots.end()}, arch, nr));
}

bool CallSearch::follow(const Nodes& nodes) {
  if (budget_.exhausted()) return false;
  if (!followed_.insert(nodes).second) return true;
  const Nodes below = at_and_below(nodes);
  const auto field = first_field(graph_, below);
  return field ? follow_groups(nodes, below, *field) : (*visit_)(nodes, event_);
}

bool CallSearch::follow_groups(const Nodes& nodes, const Nodes& below, ArgumentField field) {
  const std::uint32_t before = word_of(event_, field.word);
  bool go_on = true;
  for (const std::uint32_t value : smallest_of_each_group(graph_, below, field)) {
    set_word(event_, field.word, before | value);
    go_on = follow(narrow(nodes, field, value));
    if (!go_on) break;
  }
  set_word(event_, field.word, before);
  return go_on;
}

CallSearch::Nodes CallSearch::narrow(const Nodes& nodes, ArgumentField field, std::uint32_t value) {
  const auto now = [&](const WordTest& test) { return narrowed(test, field, value); };
  return rewrite_.run(nodes, now);
}

CallSearch::Nodes CallSearch::at_and_below(const Nodes& nodes) {
  seen_in_.resize(graph_.size(), 0);
  ++round_;
  Nodes found;
  const auto find = [&](NodeId id) {
    if (std::exchange(seen_in_[id], round_) != round_) found.push_back(id);
  };
  for (const NodeId id : nodes) find(id);
  for (std::size_t at = 0; at < found.size(); ++at) {
    const Node& node = graph_[found[at]];
    if (node.kind != NodeKind::test) continue;
    find(node.yes);
    find(node.no);
  }
  (void)budget_.spend(found.size());
  return found;
}

}  // namespace bulkhead::policy
