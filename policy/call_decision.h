// What installed filters decide for one system call, as conditions on its arguments: what `explain`
// shows. The analysis is that of filter_paths.h, exact or an error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "policy/filter.h"
#include "policy/filter_graph.h"

namespace bulkhead::policy {

// One condition on a half of an argument.
struct ArgumentTest {
  unsigned argument = 0;
  bool high_half = false;
  bool at_least = false;  // (half & mask) >= value; else (half & mask) == value
  bool holds = true;      // false: the negation
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
  bool operator==(const ArgumentTest&) const = default;
};

struct ConditionalAnswer {
  std::vector<ArgumentTest> when;  // all must hold; empty: always
  FilterAnswer answer;
};

// The answers to one call: those with conditions, and the one that is given otherwise.
struct CallDecision {
  std::vector<ConditionalAnswer> special;
  FilterAnswer otherwise;
  // Allowed for every argument, denied for every argument, or neither.
  [[nodiscard]] bool always_takes_effect() const;
  [[nodiscard]] bool never_takes_effect() const;
};

// The programs of a task, newest first, made ready for many questions.
class FilterView {
 public:
  // Errors: invalid_input and unsupported, as those of add_program; no filter at all is
  // invalid_input.
  [[nodiscard]] static base::Result<FilterView> of(const std::vector<FilterProgram>& newest_first);

  // Error: unsupported, when the program is not analysable there or has too many cases to be told.
  [[nodiscard]] base::Result<CallDecision> decide(std::uint32_t audit_arch, std::uint32_t nr) const;

 private:
  FilterGraph graph_;
  std::vector<NodeId> roots_;
};

}  // namespace bulkhead::policy
