#include "policy/analysis/difference_search.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "policy/analysis/call_search.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::policy {

namespace {

std::string calls_text(const CallClass& calls) {
  return first_call(telling_arch(calls.arch_first, calls.arch_last),
                    {calls.nr_first, calls.nr_last});
}

}  // namespace

Judgement judge_answers(FilterAnswer a, FilterAnswer b) {
  const FilterAnswer effect_a = effect_of(a);
  const FilterAnswer effect_b = effect_of(b);
  if (effect_a == effect_b) return {DifferenceKind::none, a, b};
  if (a.action == b.action) return {DifferenceKind::data, a, b};
  const bool a_stricter = at_least_as_strict(a.action, b.action);
  return {a_stricter ? DifferenceKind::a_stricter : DifferenceKind::b_stricter, a, b};
}

base::Result<std::vector<Witness>> DifferenceSearch::run(Extent extent) {
  extent_ = extent;
  budget_ = {};
  const auto done = for_each_call_class(graph_, roots_, budget_,
                                        [&](const CallClass& calls) { return visit(calls); });
  if (error_) return std::unexpected(*error_);
  if (!done) return std::unexpected(done.error());
  return std::move(witnesses_);
}

bool DifferenceSearch::visit(const CallClass& calls) {
  const std::vector<Found>& found = found_in(calls);
  if (error_) return false;
  return std::ranges::all_of(found, [&](const Found& one) { return report(calls, one); });
}

const std::vector<DifferenceSearch::Found>& DifferenceSearch::found_in(const CallClass& calls) {
  if (!calls.only_arguments_below) {
    latest_ = search(calls);
    return latest_;
  }
  std::vector<NodeId> key(calls.nodes.begin(), calls.nodes.end());
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_.emplace(std::move(key), search(calls)).first->second;
}

std::vector<DifferenceSearch::Found> DifferenceSearch::search(const CallClass& calls) {
  std::vector<Found> found;
  std::array<bool, 4> seen{true, false, false, false};  // by DifferenceKind
  const auto visit_leaves = [&](std::span<const NodeId> leaves, const SyscallEvent& event) {
    for (const NodeId leaf : leaves) {
      if (graph_[leaf].kind != NodeKind::not_analysable) continue;
      error_ = not_analysable(graph_[leaf].value).error();
      return false;
    }
    const Judgement judgement = judge_(leaves);
    bool& known = seen[static_cast<std::size_t>(judgement.kind)];
    if (!known) found.push_back({event, judgement});
    known = true;
    return !std::ranges::all_of(seen, [](bool kind) { return kind; });
  };
  CallSearch(graph_, budget_).run(calls.arch_first, calls.nr_first, calls.nodes, visit_leaves);
  if (budget_.exhausted() && !error_) error_ = too_much_work(calls_text(calls)).error();
  return found;
}

bool DifferenceSearch::report(const CallClass& calls, const Found& found) {
  const std::uint32_t arch = telling_arch(calls.arch_first, calls.arch_last);
  for (const NumberSpan& span : name_numbers(arch, calls.nr_first, calls.nr_last)) {
    if (!add_witness(found, arch, span)) return false;
  }
  return true;
}

bool DifferenceSearch::add_witness(const Found& found, std::uint32_t arch, NumberSpan numbers) {
  SyscallEvent event = found.event;
  const std::uint32_t nr = numbers.first;
  event.nr = nr;
  event.arch = arch;
  Witness witness{.event = event,
                  .arch_name = arch_name(arch, nr),
                  .syscall_name = std::string(call_name(arch, nr)),
                  .a = found.judgement.a,
                  .b = found.judgement.b,
                  .nr_last = numbers.last};
  if (!check_(event, found.judgement)) {
    error_ = base::Error{base::ErrorCode::internal,
                         base::cat("the analysis of a filter is wrong about ", describe(witness)),
                         "please report both filters"};
    return false;
  }
  witnesses_.push_back(std::move(witness));
  return extent_ == Extent::everything;
}

}  // namespace bulkhead::policy
