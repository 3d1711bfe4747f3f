// Annotations that make a runtime replace, skip or hand over the seccomp filter.
#pragma once

#include <span>
#include <string_view>

#include "policy/values/node_facts.h"

namespace bulkhead::policy {

struct WeakeningAnnotation {
  std::string_view key;
  std::string_view effect;    // "replaces the whole seccomp filter"
  bool voids_filter = false;  // nothing is known of the filters that hold instead
};

// What crun takes (crun.1, "annotations"). Sorted by key.
[[nodiscard]] std::span<const WeakeningAnnotation> weakening_annotations();

// What the annotation does to the filter, empty when nothing is known of it: a row of the table, or
// a key about seccomp among those that the runtime itself lists as potentially unsafe
// (runtime-spec features.md: an entry that ends in '.' is a prefix).
[[nodiscard]] std::string_view effect_of_annotation(std::string_view key,
                                                    const RuntimeFeatures& runtime);

// Whether nothing can be claimed of the seccomp filter of a container that keeps the annotation.
// Listeners and plugins answer calls that the filter hands over; the filter itself is the planned
// one.
[[nodiscard]] bool voids_filter(std::string_view key, const RuntimeFeatures& runtime);

}  // namespace bulkhead::policy
