// Questions about two filters, all answered by one search over their common graph.
//
// docs/how-the-analysis-works.md: "Comparing".
#include <algorithm>
#include <cstddef>
#include <span>

#include "policy/analysis/difference_search.h"
#include "policy/analysis/filter_decision.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/filter_paths.h"
#include "policy/graph/profile_graph.h"

namespace bulkhead::policy {

namespace {

using base::Result;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

Result<void> add_stack(FilterGraph& graph, const std::vector<FilterProgram>& newest_first,
                       std::vector<NodeId>& roots) {
  for (const FilterProgram& program : newest_first) {
    const auto root = add_program(graph, program);
    if (!root) return std::unexpected(root.error());
    roots.push_back(*root);
  }
  return {};
}

FilterAnswer combined_answer(const FilterGraph& graph, std::span<const NodeId> leaves) {
  std::uint32_t strictest = return_value_of({oci_config::SeccompAction::allow, 0});
  for (const NodeId leaf : leaves) {
    if (takes_precedence(graph[leaf].value, strictest)) strictest = graph[leaf].value;
  }
  return answer_of_return_value(strictest);
}

Relation relation_of(const std::vector<Witness>& witnesses, bool& data_differs) {
  bool a_stricter = false;
  bool b_stricter = false;
  for (const Witness& witness : witnesses) {
    const DifferenceKind kind = judge_answers(witness.a, witness.b).kind;
    a_stricter = a_stricter || kind == DifferenceKind::a_stricter;
    b_stricter = b_stricter || kind == DifferenceKind::b_stricter;
    data_differs = data_differs || kind == DifferenceKind::data;
  }
  if (a_stricter && b_stricter) return Relation::incomparable;
  if (a_stricter) return Relation::a_stricter;
  if (b_stricter) return Relation::b_stricter;
  return data_differs ? Relation::equally_strict : Relation::equal;
}

// The two stacks in one graph.
struct StackPair {
  FilterGraph graph;
  std::vector<NodeId> roots;  // those of a, then those of b
  std::size_t a_size = 0;
};

struct StackNames {
  std::string_view a;  // for errors; may be empty
  std::string_view b;
};

std::unexpected<base::Error> about(std::string_view name, base::Error error) {
  return std::unexpected(name.empty() ? std::move(error) : std::move(error).within(name));
}

Result<StackPair> graph_of(const std::vector<FilterProgram>& a, const std::vector<FilterProgram>& b,
                           StackNames names) {
  StackPair pair{.a_size = a.size()};
  if (auto added = add_stack(pair.graph, a, pair.roots); !added) {
    return about(names.a, std::move(added.error()));
  }
  if (auto added = add_stack(pair.graph, b, pair.roots); !added) {
    return about(names.b, std::move(added.error()));
  }
  return pair;
}

Judgement judge_stacks(const StackPair& pair, std::span<const NodeId> leaves) {
  return judge_answers(combined_answer(pair.graph, leaves.first(pair.a_size)),
                       combined_answer(pair.graph, leaves.subspan(pair.a_size)));
}

DifferenceSearch::Check check_by_running(const std::vector<FilterProgram>& a,
                                         const std::vector<FilterProgram>& b) {
  return [&](const SyscallEvent& event, const Judgement& judgement) {
    return evaluate_stack(a, event) == judgement.a && evaluate_stack(b, event) == judgement.b;
  };
}

// The answers a profile's leaf allows, most strict first.
std::vector<FilterAnswer> answers_of(const FilterGraph& graph, NodeId leaf) {
  std::vector<FilterAnswer> answers;
  for (const std::uint32_t value : graph.values_of(leaf)) {
    answers.push_back(answer_of_return_value(value));
  }
  std::ranges::sort(answers, {}, &FilterAnswer::action);
  return answers;
}

Judgement judge_against_profile(const FilterGraph& graph, std::span<const NodeId> leaves) {
  const FilterAnswer program = answer_of_return_value(graph[leaves[0]].value);
  const auto profile = answers_of(graph, leaves[1]);
  Judgement judgement;
  for (const FilterAnswer answer : profile) {
    judgement = judge_answers(program, answer);
    if (judgement.kind == DifferenceKind::none) break;
  }
  return judgement;
}

Judgement judge_excess(const FilterGraph& graph, std::span<const NodeId> leaves) {
  const auto profile = answers_of(graph, leaves[0]);
  const auto floor = answers_of(graph, leaves[1]);
  if (profile.empty() || floor.empty()) return {};
  const Judgement judgement = judge_answers(profile.back(), floor.front());
  return judgement.kind == DifferenceKind::b_stricter ? judgement : Judgement{};
}

bool leaf_has(const FilterGraph& graph, NodeId root, const SyscallEvent& event,
              FilterAnswer answer) {
  const auto answers = answers_of(graph, graph.leaf_of(root, event));
  return std::ranges::find(answers, answer) != answers.end();
}

}  // namespace

Result<Comparison> compare(const std::vector<FilterProgram>& a,
                           const std::vector<FilterProgram>& b) {
  if (a == b) {
    for (const FilterProgram& program : a) {
      if (auto ok = check_program(program); !ok) return std::unexpected(ok.error());
    }
    return Comparison{};
  }
  auto pair = graph_of(a, b, {.a = "the first filter", .b = "the second filter"});
  if (!pair) return std::unexpected(pair.error());
  auto witnesses = DifferenceSearch(
                       pair->graph, pair->roots,
                       [&](std::span<const NodeId> leaves) { return judge_stacks(*pair, leaves); },
                       check_by_running(a, b))
                       .run();
  if (!witnesses) return std::unexpected(witnesses.error());
  Comparison comparison;
  comparison.relation = relation_of(*witnesses, comparison.data_differs);
  comparison.witnesses = std::move(*witnesses);
  return comparison;
}

Result<std::optional<Witness>> allows_more(const std::vector<FilterProgram>& installed_newest_first,
                                           const FilterProgram& planned) {
  if (auto ok = check_program(planned); !ok) return std::unexpected(ok.error());
  if (std::ranges::find(installed_newest_first, planned) != installed_newest_first.end()) {
    return std::nullopt;
  }
  const std::vector<FilterProgram> plan{planned};
  auto pair = graph_of(installed_newest_first, plan, {.b = "the planned filter"});
  if (!pair) return std::unexpected(pair.error());
  const auto judge = [&](std::span<const NodeId> leaves) {
    const Judgement judgement = judge_stacks(*pair, leaves);
    return judgement.kind == DifferenceKind::b_stricter ? judgement : Judgement{};
  };
  auto witnesses = DifferenceSearch(pair->graph, pair->roots, judge,
                                    check_by_running(installed_newest_first, plan))
                       .run(DifferenceSearch::Extent::first_witness);
  if (!witnesses) return std::unexpected(witnesses.error());
  if (witnesses->empty()) return std::nullopt;
  return std::move(witnesses->front());
}

Result<std::vector<Witness>> disagreements(const FilterProgram& program,
                                           const SeccompProfile& expanded, SeccompArch native) {
  FilterGraph graph;
  const auto root = add_program(graph, program);
  if (!root) return std::unexpected(root.error());
  const auto profile = add_profile(graph, expanded, native);
  if (!profile) return std::unexpected(profile.error());
  return DifferenceSearch(
             graph, {*root, *profile},
             [&](std::span<const NodeId> leaves) { return judge_against_profile(graph, leaves); },
             [&](const SyscallEvent& event, const Judgement& judgement) {
               return evaluate(program, event) == judgement.a &&
                      leaf_has(graph, *profile, event, judgement.b);
             })
      .run();
}

Result<std::vector<Witness>> excess(const SeccompProfile& profile, const SeccompProfile& floor,
                                    SeccompArch native) {
  FilterGraph graph;
  auto a = add_profile(graph, profile, native);
  if (!a) return std::unexpected(std::move(a.error()).within("the profile"));
  auto b = add_profile(graph, floor, native);
  if (!b) return std::unexpected(std::move(b.error()).within("the floor"));
  return DifferenceSearch(
             graph, {*a, *b},
             [&](std::span<const NodeId> leaves) { return judge_excess(graph, leaves); },
             [&](const SyscallEvent& event, const Judgement& judgement) {
               return leaf_has(graph, *a, event, judgement.a) &&
                      leaf_has(graph, *b, event, judgement.b);
             })
      .run();
}

}  // namespace bulkhead::policy
