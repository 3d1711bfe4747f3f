// The AppArmor profiles that record what a container does (`bulkhead record`), stacked under the
// one that confines it: "k8s-web//&:bulkhead-record:rec-web-5f0c91d2a7b3e684".
//
// They only complain, and what is stacked can only take away, so whatever stands there beside the
// profile that must hold makes nothing weaker. They live in an AppArmor namespace of their own: the
// rules of other profiles do not see them there, so that `signal peer=k8s-web` goes on to mean
// the container.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::policy {

inline constexpr std::string_view kRecorderSpace = "bulkhead-record";
inline constexpr std::string_view kRecorderPrefix = "rec-";

// "rec-web-5f0c91d2a7b3e684" as the kernel lists it: ":bulkhead-record:rec-web-5f0c91d2a7b3e684".
[[nodiscard]] std::string recorder_member(std::string_view name);
// And back.
[[nodiscard]] std::string recorder_name(std::string_view member);

// Of a member of a label: a recording profile, or what the kernel puts in the place of one that was
// removed (":bulkhead-record:unconfined").
[[nodiscard]] bool is_recorder(std::string_view member);

[[nodiscard]] bool has_recorder(std::string_view label);
// What confines. Empty where nothing is left.
[[nodiscard]] std::string without_recorders(std::string_view label);
// `recorder`: a member; empty: the label as it is.
[[nodiscard]] std::string stacked_label(std::string_view label, std::string_view recorder);

}  // namespace bulkhead::policy
