// docs/how-the-analysis-works.md carries one small example all the way: every figure that it shows
// is what the code gives.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "policy/analysis/call_classes.h"
#include "policy/analysis/call_search.h"
#include "policy/analysis/filter_decision.h"
#include "policy/analysis/filter_intersect.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/filter_paths.h"
#include "policy/syscalls/call_names.h"
#include "tests/unit/policy/filter_programs.h"

namespace bulkhead::policy {
namespace {

using base::cat;
using namespace test;

constexpr std::uint32_t kSocket = 41;
constexpr std::uint32_t kNetlink = 16;
constexpr std::uint32_t kEperm = 1;

const FilterProgram kFirst{load(kNr),           jeq(kSocket, 0, 2), load(low_of(0)),
                           jeq(kNetlink, 1, 0), ret(kAllow),        ret(kErrno | kEperm)};
const FilterProgram kSecond{load(kNr),           jeq(kSocket, 0, 2), load(low_of(0)),
                            jge(kNetlink, 1, 0), ret(kAllow),        ret(kErrno | kEperm)};

// ---- each stage as the page shows it
// ---------------------------------------------------------------

std::string answer_text(std::uint32_t value) { return text_of(answer_of_return_value(value)); }

std::string test_text(const WordTest& test) {
  const std::string word = test.word == kWordNumber ? "nr" : "arg0 (low)";
  return cat(word, test.at_least ? " >= " : " == ", test.value);
}

std::string node_text(const FilterGraph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.kind == NodeKind::answer) return answer_text(node.value);
  return cat(test_text(node.test), " ? node ", node.yes, " : node ", node.no);
}

std::string graph_text(const FilterGraph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.size(); ++id) {
    text += cat("node ", id, ": ", node_text(graph, id), "\n");
  }
  return text;
}

std::string nodes_text(std::span<const NodeId> nodes) {
  std::string text;
  for (const NodeId node : nodes) text += cat(text.empty() ? "node " : ", node ", node);
  return text;
}

std::string classes_text(const FilterGraph& graph, const std::vector<NodeId>& roots) {
  std::string text;
  WorkBudget budget{1000};
  const auto done = for_each_call_class(graph, roots, budget, [&](const CallClass& calls) {
    text += cat("nr ", calls.nr_first, " to ", calls.nr_last, ": ", nodes_text(calls.nodes), "\n");
    return true;
  });
  REQUIRE(done.has_value());
  return text;
}

std::string case_text(const DecisionCase& one) {
  std::string text = text_of(one.answers.at(0));
  for (const ArgTest& condition : one.conditions) text += cat(" when ", text_of(condition));
  return text + "\n";
}

std::string cases_text(const DecisionCases& cases) {
  std::string text;
  for (const DecisionCase& one : cases) text += case_text(one);
  return text;
}

std::string ranges_text(const FilterDecision& decision) {
  std::string text;
  for (const CallRange& range : decision.ranges) {
    text += cat("nr ", range.nr_first, " to ", range.nr_last, ": decision ", range.decision, "\n");
  }
  for (std::size_t index = 0; index < decision.decisions.size(); ++index) {
    text += cat("decision ", index, ":\n", cases_text(decision.decisions[index]));
  }
  return text;
}

std::string search_text(FilterGraph& graph, const std::vector<NodeId>& roots) {
  std::string text;
  WorkBudget budget{1000};
  const auto visit = [&](std::span<const NodeId> leaves, const SyscallEvent& event) {
    text += cat("socket(", event.args[0], "): ", answer_text(graph[leaves[0]].value), " and ",
                answer_text(graph[leaves[1]].value), "\n");
    return true;
  };
  CHECK(CallSearch(graph, budget).run(kX86_64, kSocket, roots, visit));
  return text;
}

std::string comparison_text() {
  const Comparison comparison = compare({kFirst}, {kSecond}).value();
  std::string text = cat(name_of(comparison.relation), "\n");
  const auto on_x86_64 = std::ranges::find(comparison.witnesses, kX86_64,
                                           [](const Witness& w) { return w.event.arch; });
  REQUIRE(on_x86_64 != comparison.witnesses.end());
  return text + describe(*on_x86_64) + "\n";
}

// ---- the page
// ----------------------------------------------------------------------------------------

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string read_page() { return read_file("docs/how-the-analysis-works.md"); }

std::vector<std::string> blocks(std::string_view page, std::string_view language) {
  std::vector<std::string> found;
  const std::string fence = cat("```", language, "\n");
  for (auto at = page.find(fence); at != std::string_view::npos; at = page.find(fence, at)) {
    at += fence.size();
    found.emplace_back(page.substr(at, page.find("```", at) - at));
  }
  return found;
}

oci_config::SeccompProfile profile_of_the_page() {
  return oci_config::parse_seccomp_profile(blocks(read_page(), "json").at(0), "page").value();
}

std::string profile_decision_text() {
  const auto decision = decision_of(profile_of_the_page(), oci_config::SeccompArch::x86_64).value();
  return cases_text(decision.cases(kX86_64, kSocket));
}

std::string disagreement_text() {
  const auto witnesses =
      disagreements(kFirst, profile_of_the_page(), oci_config::SeccompArch::x86_64).value();
  std::string text;
  for (const Witness& witness : witnesses) {
    if (witness.arch_name == "x86_64") text += describe(witness) + "\n";
  }
  return text;
}

std::vector<std::string> stages() {
  FilterGraph graph;
  const NodeId first = add_program(graph, kFirst).value();
  const std::string first_graph = graph_text(graph);
  const std::string classes = classes_text(graph, {first});
  const NodeId second = add_program(graph, kSecond).value();
  return {disassemble(kFirst),
          first_graph,
          classes,
          ranges_text(analyse({kFirst}).value()),
          disassemble(kSecond),
          graph_text(graph),
          classes_text(graph, {first, second}),
          search_text(graph, {first, second}),
          comparison_text(),
          profile_decision_text(),
          disagreement_text()};
}

TEST_CASE("every figure of docs/how-the-analysis-works.md is what the code gives") {
  const std::string page = read_page();
  const auto shown = blocks(std::string_view(page).substr(page.find("## The program")), "text");
  const auto given = stages();
  REQUIRE(shown.size() == given.size());
  for (std::size_t index = 0; index < given.size(); ++index) CHECK(shown[index] == given[index]);
}

TEST_CASE("each header of policy/filter/ points to its part of docs/how-the-analysis-works.md") {
  const std::string page = read_page();
  for (const auto& entry : std::filesystem::directory_iterator("policy/filter")) {
    if (entry.path().extension() != ".h") continue;
    const std::string text = read_file(entry.path());
    const std::string pointer = "// docs/how-the-analysis-works.md: \"";
    const auto at = text.find(pointer);
    INFO(entry.path());
    REQUIRE(at != std::string::npos);
    const auto begin = at + pointer.size();
    const std::string part = text.substr(begin, text.find('"', begin) - begin);
    const auto section = page.find(cat("\n## ", part, "\n"));
    REQUIRE(section != std::string::npos);
    const auto files =
        page.substr(section, page.find("\n\n", section + 1 + part.size() + 6) - section);
    CHECK(files.find(cat('`', entry.path().filename().string(), '`')) != std::string::npos);
  }
}

}  // namespace
}  // namespace bulkhead::policy
