// What enforce would have done with each container that started, or has done: one answer for each,
// the newest. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/events/event.h"

namespace bulkhead::cli {

enum class Answer : std::uint8_t { refuse, change, nothing };
[[nodiscard]] std::string_view name_of(Answer answer);  // "refused", "changed", "unchanged"

// Containers of one image that get the same answer for the same reason.
struct ReadinessRow {
  Answer answer = Answer::nothing;
  std::string image;
  std::vector<std::string> rules;       // of a refusal: the checks, as docs/refusals.md names them
  std::string why;                      // for a refusal with what to do
  std::vector<std::string> containers;  // "shop/web/app", sorted
};

class Readiness {
 public:
  static constexpr std::size_t kMostContainers = 100'000;  // what is beyond is not told of
  // Events that say nothing about a start are passed over.
  void add(const audit::Event& event);
  // Those that would be refused first.
  [[nodiscard]] std::vector<ReadinessRow> rows() const;
  [[nodiscard]] std::size_t count(Answer answer) const;

 private:
  struct Known {
    std::string time, id, image, why;
    std::vector<std::string> rules;
    Answer answer = Answer::nothing;
  };
  std::map<std::string, Known> containers_;
};

}  // namespace bulkhead::cli
