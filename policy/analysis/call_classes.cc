#include "policy/analysis/call_classes.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/text.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/value_conditions.h"

namespace bulkhead::policy {

namespace {

using base::Result;

constexpr std::size_t kMaxPiecesPerTest = 4096;
constexpr std::size_t kMaxClasses = std::size_t{1} << 20;

// Where the outcome of one test changes as the word grows.
class TestPieces {
 public:
  TestPieces(const WordTest& test, std::vector<std::uint32_t>& starts)
      : test_(test), starts_(starts) {}

  // False when the test cuts the words into too many pieces.
  bool cut() {
    if (test_.mask == 0xffffffff) return cut_unmasked();
    return cut_block(0, 0xffffffff);
  }

 private:
  bool cut_unmasked() {
    starts_.push_back(test_.value);
    if (!test_.at_least && test_.value != 0xffffffff) starts_.push_back(test_.value + 1);
    return true;
  }

  // The block is all words that equal `prefix` outside of `low`.
  bool cut_block(std::uint32_t prefix, std::uint32_t low) {
    const std::optional<bool> outcome = outcome_of_block(prefix, low);
    if (outcome) return add_piece(prefix, *outcome);
    const std::uint32_t half = low >> 1;
    return cut_block(prefix, half) && cut_block(prefix | (low ^ half), half);
  }

  [[nodiscard]] std::optional<bool> outcome_of_block(std::uint32_t prefix,
                                                     std::uint32_t low) const {
    const std::uint32_t least = prefix & test_.mask;
    const std::uint32_t most = least | (low & test_.mask);
    if (test_.at_least) {
      if (least >= test_.value) return true;
      if (most < test_.value) return false;
      return std::nullopt;
    }
    if (least == most) return least == test_.value;
    if (((prefix ^ test_.value) & test_.mask & ~low) != 0) return false;
    return std::nullopt;
  }

  bool add_piece(std::uint32_t first, bool outcome) {
    if (last_outcome_ && *last_outcome_ == outcome) return true;
    last_outcome_ = outcome;
    starts_.push_back(first);
    return ++pieces_ <= kMaxPiecesPerTest;
  }

  const WordTest& test_;
  std::vector<std::uint32_t>& starts_;
  std::optional<bool> last_outcome_;
  std::size_t pieces_ = 0;
};

bool is_call_word(unsigned word) { return word == kWordNumber || word == kWordArch; }

// The first word of each class of one of the two words.
Result<std::vector<std::uint32_t>> class_starts(const FilterGraph& graph, unsigned word) {
  std::vector<std::uint32_t> starts{0};
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph[id];
    if (node.kind != NodeKind::test || node.test.word != word) continue;
    if (!TestPieces(node.test, starts).cut()) {
      return base::fail(
          base::ErrorCode::unsupported,
          base::cat("not analysable: a test of the ",
                    word == kWordArch ? "architecture" : "system call number", " under the mask ",
                    base::hex(node.test.mask), " tells too many groups of them apart"),
          "compare the whole number");
    }
  }
  std::ranges::sort(starts);
  const auto repeated = std::ranges::unique(starts);
  starts.erase(repeated.begin(), repeated.end());
  return starts;
}

// Which nodes have tests of the number or the architecture at or below them. Children are interned
// before their parents.
std::vector<bool> nodes_above_call_tests(const FilterGraph& graph) {
  std::vector<bool> above(graph.size(), false);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph[id];
    if (node.kind != NodeKind::test) continue;
    above[id] = is_call_word(node.test.word) || above[node.yes] || above[node.no];
  }
  return above;
}

bool outcome(const WordTest& test, std::uint32_t word) {
  return meets(word, {test.at_least, true, test.mask, test.value});
}

// For one architecture and one root: the node that each class of numbers reaches.
class NumberTable {
 public:
  NumberTable(const FilterGraph& graph, const std::vector<std::uint32_t>& starts,
              WorkBudget& budget)
      : graph_(graph), starts_(starts), budget_(budget) {}

  void resolve(NodeId root, std::uint32_t arch, std::vector<NodeId>& out) {
    arch_ = arch;
    out_ = &out;
    out.assign(starts_.size(), 0);
    settled_.assign(starts_.size(), false);
    resolve_range(root, 0, starts_.size());
  }

 private:
  // Classes first to end, except those already settled. The usual chain of equality tests takes one
  // step for each test and one for each class.
  void resolve_range(NodeId id, std::size_t first, std::size_t end) {
    while (first < end && budget_.spend(1)) {
      const Node& node = graph_[id];
      if (node.kind != NodeKind::test || !is_call_word(node.test.word)) {
        return settle_all(id, first, end);
      }
      if (node.test.word == kWordArch) {
        id = outcome(node.test, arch_) ? node.yes : node.no;
        continue;
      }
      if (node.test.mask != 0xffffffff) return settle_each(id, first, end);
      const std::size_t at = index_of(node.test.value);
      if (node.test.at_least) {
        const std::size_t middle = std::clamp(at, first, end);
        resolve_range(node.yes, middle, end);
        end = middle;
      } else if (at >= first && at < end && !settled_[at]) {
        settle_one(node.yes, at);
      }
      id = node.no;
    }
  }

  [[nodiscard]] std::size_t index_of(std::uint32_t start) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(starts_, start) - starts_.begin());
  }

  void settle(std::size_t at, NodeId id) {
    (*out_)[at] = id;
    settled_[at] = true;
  }

  void settle_all(NodeId id, std::size_t first, std::size_t end) {
    (void)budget_.spend(end - first);
    for (std::size_t at = first; at < end; ++at) {
      if (!settled_[at]) settle(at, id);
    }
  }

  void settle_each(NodeId id, std::size_t first, std::size_t end) {
    for (std::size_t at = first; at < end && !budget_.exhausted(); ++at) {
      if (!settled_[at]) settle_one(id, at);
    }
  }

  void settle_one(NodeId id, std::size_t at) {
    std::uint64_t steps = 0;
    while (graph_[id].kind == NodeKind::test && is_call_word(graph_[id].test.word)) {
      const Node& node = graph_[id];
      const std::uint32_t word = node.test.word == kWordArch ? arch_ : starts_[at];
      id = outcome(node.test, word) ? node.yes : node.no;
      ++steps;
    }
    settle(at, id);
    (void)budget_.spend(steps);
  }

  const FilterGraph& graph_;
  const std::vector<std::uint32_t>& starts_;
  WorkBudget& budget_;
  std::uint32_t arch_ = 0;
  std::vector<NodeId>* out_ = nullptr;
  std::vector<bool> settled_;
};

std::uint32_t last_of(const std::vector<std::uint32_t>& starts, std::size_t at) {
  return at + 1 < starts.size() ? starts[at + 1] - 1 : 0xffffffff;
}

std::unexpected<base::Error> too_many_classes() {
  return too_much_work("so many groups of numbers and architectures");
}

class Classes {
 public:
  Classes(const FilterGraph& graph, const std::vector<NodeId>& roots, WorkBudget& budget,
          const std::function<bool(const CallClass&)>& visit)
      : graph_(graph), roots_(roots), budget_(budget), visit_(visit) {}

  Result<void> run() {
    auto arches = class_starts(graph_, kWordArch);
    if (!arches) return std::unexpected(arches.error());
    auto numbers = class_starts(graph_, kWordNumber);
    if (!numbers) return std::unexpected(numbers.error());
    arches_ = std::move(*arches);
    numbers_ = std::move(*numbers);
    if (arches_.size() * numbers_.size() * roots_.size() > kMaxClasses) return too_many_classes();
    above_call_tests_ = nodes_above_call_tests(graph_);
    return visit_arches();
  }

 private:
  // Neighbouring architectures with equal tables are one class.
  Result<void> visit_arches() {
    std::vector<NodeId> table = table_for(arches_[0]);
    std::size_t first = 0;
    for (std::size_t at = 1; at <= arches_.size(); ++at) {
      std::vector<NodeId> next;
      if (at < arches_.size()) next = table_for(arches_[at]);
      if (budget_.exhausted()) return too_many_classes();
      if (at < arches_.size() && next == table && arguments_only(table)) continue;
      if (!visit_numbers(table, arches_[first], last_of(arches_, at - 1))) return {};
      first = at;
      table = std::move(next);
    }
    return {};
  }

  // Row by class of numbers, column by root.
  std::vector<NodeId> table_for(std::uint32_t arch) {
    std::vector<NodeId> table(numbers_.size() * roots_.size());
    NumberTable numbers(graph_, numbers_, budget_);
    std::vector<NodeId> column;
    for (std::size_t root = 0; root < roots_.size(); ++root) {
      numbers.resolve(roots_[root], arch, column);
      for (std::size_t at = 0; at < column.size(); ++at) {
        table[at * roots_.size() + root] = column[at];
      }
    }
    return table;
  }

  [[nodiscard]] bool arguments_only(std::span<const NodeId> nodes) const {
    return std::ranges::none_of(nodes, [&](NodeId id) { return above_call_tests_[id]; });
  }

  [[nodiscard]] std::span<const NodeId> row(const std::vector<NodeId>& table,
                                            std::size_t at) const {
    return std::span(table).subspan(at * roots_.size(), roots_.size());
  }

  bool visit_numbers(const std::vector<NodeId>& table, std::uint32_t arch_first,
                     std::uint32_t arch_last) {
    std::size_t first = 0;
    for (std::size_t at = 1; at <= numbers_.size(); ++at) {
      const auto nodes = row(table, first);
      const bool arguments = arguments_only(nodes);
      if (at < numbers_.size() && arguments && std::ranges::equal(nodes, row(table, at))) continue;
      if (!visit_({arch_first, arch_last, numbers_[first], last_of(numbers_, at - 1), nodes,
                   arguments})) {
        return false;
      }
      first = at;
    }
    return true;
  }

  const FilterGraph& graph_;
  const std::vector<NodeId>& roots_;
  WorkBudget& budget_;
  const std::function<bool(const CallClass&)>& visit_;
  std::vector<std::uint32_t> arches_;
  std::vector<std::uint32_t> numbers_;
  std::vector<bool> above_call_tests_;
};

}  // namespace

Result<void> for_each_call_class(const FilterGraph& graph, const std::vector<NodeId>& roots,
                                 WorkBudget& budget,
                                 const std::function<bool(const CallClass&)>& visit) {
  return Classes(graph, roots, budget, visit).run();
}

}  // namespace bulkhead::policy
