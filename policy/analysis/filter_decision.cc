#include "policy/analysis/filter_decision.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "policy/analysis/call_classes.h"
#include "policy/analysis/decision_cases.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/filter_paths.h"
#include "policy/graph/graph_rewrite.h"
#include "policy/graph/profile_graph.h"
#include "policy/graph/value_conditions.h"
#include "policy/syscalls/call_names.h"
#include "policy/syscalls/machines.h"

namespace bulkhead::policy {

namespace {

using base::Result;
using oci_config::SeccompArch;

constexpr std::size_t kMaxDepth = 8192;

// Only where every call of the range comes from a 32-bit architecture is the high half always zero.
ArgWidth width_of(const CallRange& range) {
  const std::uint32_t arch = range.arch_first;
  return has_narrow_registers(arch) && range.arch_last == arch ? ArgWidth::bits_32
                                                               : ArgWidth::bits_64;
}

// Several graphs under one architecture and number as a single graph of tests on arguments: the
// strictest answer of all, as the kernel combines filters.
class Combiner {
 public:
  Combiner(FilterGraph& graph, WorkBudget& budget)
      : graph_(graph), budget_(budget), rewrite_(graph, budget) {}

  NodeId combine(const std::vector<NodeId>& nodes, std::uint32_t arch, std::uint32_t nr) {
    const std::vector<NodeId> settled = rewrite_.for_call(nodes, arch, nr);
    NodeId all = settled.front();
    for (const NodeId node : std::span(settled).subspan(1)) {
      both_.clear();
      all = both(all, node);
    }
    return all;
  }

 private:
  NodeId both(NodeId a, NodeId b) {
    if (a == b || !descend()) return a;
    const Ascent ascent{depth_};
    if (const auto known = both_.find({a, b}); known != both_.end()) return known->second;
    const NodeId result = both_now(a, b);
    both_.emplace(std::pair{a, b}, result);
    return result;
  }

  NodeId both_now(NodeId a, NodeId b) {
    const Node first = graph_[a];
    if (first.kind == NodeKind::test) {
      const NodeId yes = both(first.yes, b);
      return graph_.test(first.test, yes, both(first.no, b));
    }
    const Node second = graph_[b];
    if (second.kind == NodeKind::test) {
      const NodeId yes = both(a, second.yes);
      return graph_.test(second.test, yes, both(a, second.no));
    }
    if (first.kind == NodeKind::not_analysable || second.kind == NodeKind::not_analysable) {
      return first.kind == NodeKind::not_analysable ? a : b;
    }
    return takes_precedence(second.value, first.value) ? b : a;
  }

  struct Ascent {
    std::size_t& depth;
    ~Ascent() { --depth; }
  };

  // Recursion must end, so what is too deep counts as too much work.
  bool descend() {
    if (depth_ == kMaxDepth) budget_.left = 0;
    if (!budget_.spend(1)) return false;
    ++depth_;
    return true;
  }

  FilterGraph& graph_;
  WorkBudget& budget_;
  GraphRewrite rewrite_;
  std::size_t depth_ = 0;
  std::map<std::pair<NodeId, NodeId>, NodeId> both_;
};

std::string calls_text(const CallRange& range) {
  return first_call(telling_arch(range.arch_first, range.arch_last),
                    {range.nr_first, range.nr_last});
}

class DecisionWriter {
 public:
  DecisionWriter(FilterGraph& graph, std::vector<NodeId> roots)
      : graph_(graph), roots_(std::move(roots)), combiner_(graph, budget_) {}

  Result<FilterDecision> run() {
    std::vector<std::pair<CallRange, std::vector<NodeId>>> classes;
    const auto done = for_each_call_class(graph_, roots_, budget_, [&](const CallClass& calls) {
      classes.push_back({{calls.arch_first, calls.arch_last, calls.nr_first, calls.nr_last, 0},
                         {calls.nodes.begin(), calls.nodes.end()}});
      return true;
    });
    if (!done) return std::unexpected(done.error());
    for (const auto& [range, nodes] : classes) {
      if (auto added = add(range, nodes); !added) return std::unexpected(added.error());
    }
    return std::move(decision_);
  }

 private:
  Result<void> add(CallRange range, const std::vector<NodeId>& nodes) {
    const NodeId root = combiner_.combine(nodes, range.arch_first, range.nr_first);
    const ArgWidth width = width_of(range);
    const auto [known, added] =
        known_.try_emplace(std::pair{root, width}, decision_.decisions.size());
    if (added) {
      auto cases = cases_of(graph_, root, width, budget_);
      if (budget_.exhausted()) return too_much_work(calls_text(range));
      if (!cases) return std::unexpected(cases.error());
      decision_.decisions.push_back(std::move(*cases));
    }
    range.decision = known->second;
    append(range);
    return {};
  }

  void append(const CallRange& range) {
    auto& ranges = decision_.ranges;
    const bool continues = !ranges.empty() && ranges.back().arch_first == range.arch_first &&
                           ranges.back().decision == range.decision;
    if (continues) {
      ranges.back().nr_last = range.nr_last;
    } else {
      ranges.push_back(range);
    }
  }

  FilterGraph& graph_;
  std::vector<NodeId> roots_;
  WorkBudget budget_;
  Combiner combiner_;
  std::map<std::pair<NodeId, ArgWidth>, std::size_t> known_;
  FilterDecision decision_;
};

}  // namespace

const DecisionCases& FilterDecision::cases(std::uint32_t arch, std::uint32_t nr) const {
  const auto after =
      std::ranges::upper_bound(ranges, std::pair{arch, nr}, {}, [](const CallRange& range) {
        return std::pair{range.arch_first, range.nr_first};
      });
  // A range of several architectures has rows of its own: the row of `arch` starts where its first
  // architecture does.
  const std::uint32_t row = std::prev(after)->arch_first;
  const auto in_row =
      std::ranges::upper_bound(ranges, std::pair{row, nr}, {}, [](const CallRange& range) {
        return std::pair{range.arch_first, range.nr_first};
      });
  return decisions[std::prev(in_row)->decision];
}

Result<FilterDecision> analyse(const std::vector<FilterProgram>& newest_first) {
  FilterGraph graph;
  std::vector<NodeId> roots;
  for (const FilterProgram& program : newest_first) {
    const auto root = add_program(graph, program);
    if (!root) return std::unexpected(root.error());
    roots.push_back(*root);
  }
  // Without a filter everything is allowed.
  if (roots.empty())
    roots.push_back(
        graph.answer(return_value_of(FilterAnswer{oci_config::SeccompAction::allow, 0})));
  return DecisionWriter(graph, std::move(roots)).run();
}

Result<FilterDecision> decision_of(const oci_config::SeccompProfile& expanded, SeccompArch native) {
  FilterGraph graph;
  const auto root = add_profile(graph, expanded, native);
  if (!root) return std::unexpected(root.error());
  return DecisionWriter(graph, {*root}).run();
}

}  // namespace bulkhead::policy
