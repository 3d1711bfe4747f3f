// Mode observe lets a start through as it is: the one answer to what enforce would have done with
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decide/decide.h"

namespace bulkhead::policy {

enum class Would : std::uint8_t { change_nothing, change, refuse };

struct EnforceAnswer {
  Would would = Would::change_nothing;
  std::string why;                             // what it would change, or why it would refuse
  [[nodiscard]] std::string sentence() const;  // "would change: …"
};

// What the sentences of an answer begin with.
inline constexpr std::string_view kWouldChangeNothing = "would change nothing";
inline constexpr std::string_view kWouldChange = "would change: ";
inline constexpr std::string_view kWouldRefuse = "would refuse: ";

// Behind an answer, before what the kernel shows and the policy does not plan.
inline constexpr std::string_view kLetGo = "let go, but not as planned: ";

// What enforce would have changed of the container, as reasons and differences name it: "seccomp".
// The entries of Bulkhead's own hooks are nothing of the container.
[[nodiscard]] std::vector<std::string> subjects_changed(const Plan& plan);

// By the documents alone.
[[nodiscard]] EnforceAnswer enforce_answer(const Plan& plan);

}  // namespace bulkhead::policy
