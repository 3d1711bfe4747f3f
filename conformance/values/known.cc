#include "conformance/values/known.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/files.h"
#include "base/text.h"
#include "conformance/values/json_table.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonValue;
using oci_config::Problems;

using Known = KnownDifference;
constexpr MemberRow<Known> kRows[] = {
    {"cases", [](const JsonValue& v, Known& k, Problems& p) { take_text(v, k.cases, p); }, true},
    {"from", [](const JsonValue& v, Known& k, Problems& p) { take_text(v, k.from, p); }},
    {"until", [](const JsonValue& v, Known& k, Problems& p) { take_text(v, k.until, p); }},
    {"because", [](const JsonValue& v, Known& k, Problems& p) { take_text(v, k.because, p); },
     true},
    {"issue", [](const JsonValue& v, Known& k, Problems& p) { take_text(v, k.issue, p); }},
};

std::vector<unsigned long> numbers_of(std::string_view version) {
  std::vector<unsigned long> numbers;
  while (!version.empty() && version.front() >= '0' && version.front() <= '9') {
    const std::size_t end = std::min(version.find_first_not_of("0123456789"), version.size());
    numbers.push_back(std::strtoul(std::string(version.substr(0, end)).c_str(), nullptr, 10));
    version.remove_prefix(end);
    if (!version.starts_with('.')) break;
    version.remove_prefix(1);
  }
  return numbers;
}

bool speaks_of(const Known& known, const std::string& name, const std::string& version) {
  return base::glob_match(known.cases, name) &&
         (known.from.empty() || compare_versions(known.from, version) <= 0) &&
         (known.until.empty() || compare_versions(version, known.until) <= 0);
}

std::string sentence_of(const Known& known) {
  return cat("known: ", known.because, known.issue.empty() ? "" : cat(" (", known.issue, ")"));
}

void apply_to(const Known& known, CaseResult& result) {
  const bool differs = result.verdict == Verdict::failed || result.verdict == Verdict::different;
  if (!differs && result.verdict != Verdict::passed) return;
  result.verdict = differs ? Verdict::known : Verdict::vanished;
  result.reasons.insert(result.reasons.begin(), sentence_of(known));
}

}  // namespace

Result<std::vector<Known>> read_known(std::string text, const std::string& described) {
  const auto document = JsonDocument::parse(std::move(text), {.described = described});
  if (!document) return std::unexpected(document.error());
  std::vector<Known> known;
  Problems problems;
  for_each_element(document->root(), problems, [&](const JsonValue& element) {
    read_by_table<Known>(element, kRows, known.emplace_back(), problems);
  });
  if (!problems.empty()) return problems.error();
  return known;
}

Result<std::vector<Known>> known_of(const std::string& directory, const std::string& family) {
  const std::string path = cat(directory, "/known/", family, ".json");
  if (::access(path.c_str(), F_OK) != 0) return std::vector<Known>{};
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxCaseBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  return read_known(std::move(content->bytes), path);
}

int compare_versions(std::string_view a, std::string_view b) {
  const auto order = numbers_of(a) <=> numbers_of(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

void apply_known(const std::vector<Known>& known, RuntimeResults& runtime) {
  for (CaseResult& result : runtime.results) {
    const auto row = std::ranges::find_if(
        known, [&](const Known& one) { return speaks_of(one, result.name, runtime.version); });
    if (row != known.end()) apply_to(*row, result);
  }
}

}  // namespace bulkhead::conformance
