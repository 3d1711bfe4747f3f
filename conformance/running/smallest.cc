#include "conformance/running/smallest.h"

#include <unistd.h>

#include <algorithm>
#include <ranges>
#include <vector>

#include "base/text.h"
#include "conformance/running/bundle.h"

namespace bulkhead::conformance {

namespace {

using oci_config::JsonDocument;
using oci_config::JsonValue;

constexpr std::size_t kMostElements = 32;
constexpr std::string_view kStays[] = {
    "/ociVersion", "/root", "/process/args", "/process/cwd", "/process/user", "/linux/namespaces",
};

bool stays(std::string_view pointer) {
  return std::ranges::find(kStays, pointer) != std::end(kStays);
}

bool holds_what_stays(std::string_view pointer) {
  const std::string below = base::cat(pointer, '/');
  return std::ranges::any_of(kStays,
                             [&](std::string_view place) { return place.starts_with(below); });
}

class Reduction {
 public:
  Reduction(const Case& one, const CaseFiles& files, const TestBed& bed, const CaseResult& found,
            Deadline deadline)
      : smallest_(one), files_(files), bed_(bed), found_(found), deadline_(deadline) {}

  // Last first, so that the places of the elements before stay what they are.
  void reduce(const JsonValue& parent) {
    if (parent.size() > kMostElements) return;
    std::vector<JsonValue> children;
    for (auto child = parent.first(); child; child = child->next()) children.push_back(*child);
    for (const JsonValue& child : std::views::reverse(children)) {
      const std::string pointer = child.pointer();
      if (stays(pointer)) continue;
      if (holds_what_stays(pointer) || !goes(pointer)) reduce(child);
    }
  }

  [[nodiscard]] bool fails_alike(const Case& one) const {
    const auto result =
        run_case(one, files_, bed_, base::cat("bulkhead-", ::getpid(), "-smallest"));
    return result && result->reasons == found_.reasons;
  }
  [[nodiscard]] const Case& smallest() const { return smallest_; }

 private:
  bool goes(const std::string& pointer) {
    if (std::chrono::steady_clock::now() > deadline_) return false;
    Case smaller = smallest_;
    smaller.edits.push_back({.pointer = pointer, .value = {}});
    if (!fails_alike(smaller)) return false;
    smallest_ = std::move(smaller);
    return true;
  }

  Case smallest_;
  const CaseFiles& files_;
  const TestBed& bed_;
  const CaseResult& found_;
  Deadline deadline_;
};

}  // namespace

CaseResult with_smallest_bundle(const Case& one, const CaseFiles& files, const TestBed& bed,
                                CaseResult found, Deadline deadline) {
  const auto text = config_of(one, files, bed.rootless);
  if (!text) return found;
  const auto document = JsonDocument::parse(*text, {.described = one.name});
  if (!document) return found;
  Reduction reduction(one, files, bed, found, deadline);
  reduction.reduce(document->root());
  // What was tried last need not be the smallest.
  if (!reduction.fails_alike(reduction.smallest())) (void)reduction.fails_alike(one);
  return found;
}

}  // namespace bulkhead::conformance
