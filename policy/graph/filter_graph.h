// Decisions as a graph: tests on single words of seccomp_data, and leaves. Equal nodes are one
// node, so programs and profiles that share parts share nodes, and equality of subgraphs is
// equality of ids. Both sources of a decision build into it: filter_paths.h a program's paths,
// profile_graph.h a profile's rules.
//
// docs/how-the-analysis-works.md: "The graph".
#pragma once

#include <cstdint>
#include <vector>

#include "policy/filter/filter.h"

namespace bulkhead::policy {

using NodeId = std::uint32_t;

// (word & mask) == value, or (word & mask) >= value. The words are those of filter_machine.h.
struct WordTest {
  std::uint8_t word = 0;
  bool at_least = false;
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
  bool operator==(const WordTest&) const = default;
};

enum class NodeKind : std::uint8_t {
  test,
  answer,          // value: the raw return value
  one_of,          // value: index into alternatives; the rules do not say which answer it is
  unchecked,       // nothing is said about these calls
  not_analysable,  // value: the instruction at fault
};

struct Node {
  NodeKind kind = NodeKind::answer;
  WordTest test;
  NodeId yes = 0;
  NodeId no = 0;
  std::uint32_t value = 0;
  bool operator==(const Node&) const = default;
};

class FilterGraph {
 public:
  [[nodiscard]] NodeId answer(std::uint32_t return_value);
  [[nodiscard]] NodeId one_of(std::vector<std::uint32_t> return_values);  // not empty
  [[nodiscard]] NodeId unchecked();
  [[nodiscard]] NodeId not_analysable(std::uint32_t instruction);
  // Tests that cannot fail or cannot hold, and tests that change nothing, leave no node.
  [[nodiscard]] NodeId test(const WordTest& test, NodeId yes, NodeId no);

  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  // The return values that a leaf allows; none for unchecked and not_analysable.
  [[nodiscard]] std::vector<std::uint32_t> values_of(NodeId leaf) const;

  // Follows the tests for one system call to its leaf.
  [[nodiscard]] NodeId leaf_of(NodeId root, const SyscallEvent& event) const;

 private:
  NodeId intern(const Node& node);
  void grow();

  std::vector<Node> nodes_;
  std::vector<NodeId> slots_;  // open addressing over nodes_; size is a power of two
  std::vector<std::vector<std::uint32_t>> alternatives_;
};

}  // namespace bulkhead::policy
