// The calls on which graphs differ, in the sense of a judge: one witness for each architecture,
// number and kind of difference. Calls that behave alike are searched once.
//
// docs/how-the-analysis-works.md: "Comparing".
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/error.h"
#include "policy/analysis/call_classes.h"
#include "policy/analysis/filter_decision.h"
#include "policy/graph/filter_graph.h"
#include "policy/graph/work_budget.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::policy {

enum class DifferenceKind : std::uint8_t { none, a_stricter, b_stricter, data };

struct Judgement {
  DifferenceKind kind = DifferenceKind::none;
  FilterAnswer a;
  FilterAnswer b;
};

[[nodiscard]] Judgement judge_answers(FilterAnswer a, FilterAnswer b);

class DifferenceSearch {
 public:
  // Judges the leaves that the roots reach.
  using Judge = std::function<Judgement(std::span<const NodeId> leaves)>;
  // Whether the answers are those that running the filters gives.
  using Check = std::function<bool(const SyscallEvent& event, const Judgement& judgement)>;

  enum class Extent : std::uint8_t { everything, first_witness };

  // Nodes are added to the graph; those that are there stay as they are.
  DifferenceSearch(FilterGraph& graph, std::vector<NodeId> roots, Judge judge, Check check)
      : graph_(graph),
        roots_(std::move(roots)),
        judge_(std::move(judge)),
        check_(std::move(check)) {}

  [[nodiscard]] base::Result<std::vector<Witness>> run(Extent extent = Extent::everything);

 private:
  struct Found {
    SyscallEvent event;
    Judgement judgement;
  };

  bool visit(const CallClass& calls);
  const std::vector<Found>& found_in(const CallClass& calls);
  std::vector<Found> search(const CallClass& calls);
  bool report(const CallClass& calls, const Found& found);
  bool add_witness(const Found& found, std::uint32_t arch, NumberSpan numbers);

  FilterGraph& graph_;
  std::vector<NodeId> roots_;
  Judge judge_;
  Check check_;
  Extent extent_ = Extent::everything;
  WorkBudget budget_;
  std::map<std::vector<NodeId>, std::vector<Found>> known_;
  std::vector<Found> latest_;
  std::vector<Witness> witnesses_;
  std::optional<base::Error> error_;
};

}  // namespace bulkhead::policy
