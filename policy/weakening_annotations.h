// Annotations that make a runtime replace, skip or hand over the seccomp filter.
#pragma once

#include <span>
#include <string_view>

#include "policy/node_facts.h"

namespace bulkhead::policy {

struct WeakeningAnnotation {
  std::string_view key;
  std::string_view effect;  // "replaces the whole seccomp filter"
};

// What crun takes (crun.1, "annotations"). Sorted by key.
[[nodiscard]] std::span<const WeakeningAnnotation> weakening_annotations();

// What the annotation does to the filter, empty when nothing is known of it: a row of the table, or
// a key about seccomp among those that the runtime itself lists as potentially unsafe
// (runtime-spec features.md: an entry that ends in '.' is a prefix).
[[nodiscard]] std::string_view effect_of_annotation(std::string_view key,
                                                    const RuntimeFeatures& runtime);

}  // namespace bulkhead::policy
