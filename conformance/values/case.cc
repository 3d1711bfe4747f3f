#include "conformance/values/case.h"

#include "base/text.h"
#include "conformance/values/case_parts.h"
#include "conformance/values/json_table.h"
#include "conformance/values/match.h"
#include "oci-config/name_table.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;
using oci_config::Problems;

constexpr oci_config::Named<Level> kLevels[] = {
    {"MUST", Level::must},          {"MUST NOT", Level::must},       {"REQUIRED", Level::must},
    {"SHALL", Level::must},         {"SHOULD", Level::should},       {"SHOULD NOT", Level::should},
    {"RECOMMENDED", Level::should}, {"expected", Level::expectation}};

void read_level(const JsonValue& value, Source& into, Problems& problems) {
  const auto name = problems.take(value.read_string());
  if (!name) return;
  const auto level = oci_config::value_in(kLevels, *name);
  if (level) into.level = *level;
  if (!level)
    problems.add(value, cat("the level ", base::quoted(*name), " is unknown"),
                 "it is MUST, SHOULD or one of their kin, or \"expected\"");
}

constexpr MemberRow<Source> kSourceRows[] = {
    {"spec", [](const JsonValue& v, Source& s, Problems& p) { take_text(v, s.place, p); }},
    {"issue", [](const JsonValue& v, Source& s, Problems& p) { take_text(v, s.place, p); }},
    {"level", read_level, true},
    {"sentence", [](const JsonValue& v, Source& s, Problems& p) { take_text(v, s.sentence, p); },
     true},
};

void read_source(const JsonValue& value, Case& into, Problems& problems) {
  read_by_table<Source>(value, kSourceRows, into.source, problems);
  if (into.source.place.empty()) {
    problems.add(value, "a source has no place", "name its \"spec\" section, or an \"issue\"");
  }
}

void take_object(const JsonValue& value, std::optional<JsonValue>& into, Problems& problems) {
  if (problems.took(value.expect(JsonType::object))) into = value;
}

constexpr MemberRow<Case> kCaseRows[] = {
    {"about", [](const JsonValue& v, Case& c, Problems& p) { take_text(v, c.about, p); }, true},
    {"source", read_source, true},
    {"needs", [](const JsonValue& v, Case& c, Problems& p) { take_texts(v, c.needs, p); }},
    {"with", [](const JsonValue& v, Case& c, Problems& p) { take_texts(v, c.with, p); }},
    {"config", [](const JsonValue& v, Case& c, Problems& p) { take_object(v, c.config, p); }},
    {"edit", [](const JsonValue& v, Case& c, Problems& p) { read_edits(v, c.edits, p); }},
    {"raw", [](const JsonValue& v, Case& c, Problems& p) { read_raw(v, c.raw, p); }},
    {"files", [](const JsonValue& v, Case& c, Problems& p) { read_files(v, c.files, p); }},
    {"inside", [](const JsonValue& v, Case& c, Problems& p) { take_inside(v, c.inside, p); }},
    {"outside", [](const JsonValue& v, Case& c, Problems& p) { take_object(v, c.outside, p); }},
    {"hooks", [](const JsonValue& v, Case& c, Problems&) { c.hooks = v; }},
    {"listener",
     [](const JsonValue& v, Case& c, Problems& p) { read_listener(v, c.listener.emplace(), p); }},
    {"starts", [](const JsonValue& v, Case& c, Problems& p) { take_flag(v, c.starts, p); }},
    {"steps", [](const JsonValue& v, Case& c, Problems& p) { read_steps(v, c.steps, p); }},
};

std::vector<Step> usual_steps(const Case& read) {
  std::vector<Step> steps;
  for (const StepKind kind : {StepKind::create, StepKind::start}) steps.push_back({.kind = kind});
  if (!read.starts) return steps;
  for (const StepKind kind : {StepKind::observe, StepKind::end, StepKind::remove}) {
    steps.push_back({.kind = kind});
  }
  return steps;
}

void check_inside(const std::optional<JsonValue>& inside, Problems& problems) {
  for (auto thing = inside ? inside->first() : inside; thing; thing = thing->next()) {
    if (const auto gives = thing->member("gives")) check_expectation(*gives, problems);
  }
}

// A case that can hold of whatever a runtime does.
bool checks_nothing(const Case& read) {
  const bool looks = read.outside || read.inside || read.hooks || read.listener || !read.starts;
  return !looks && read.steps.empty();
}

void check_expectations(const Case& read, Problems& problems) {
  for (const auto& expected : {read.outside, read.hooks}) {
    if (expected) check_expectation(*expected, problems);
  }
  if (read.listener && read.listener->gives) check_expectation(*read.listener->gives, problems);
  check_inside(read.inside, problems);
  for (const Step& step : read.steps) {
    for (const auto& expected : {step.gives, step.outside}) {
      if (expected) check_expectation(*expected, problems);
    }
    check_inside(step.inside, problems);
  }
}

void complete(Case& read, const JsonValue& root, Problems& problems) {
  if (checks_nothing(read)) {
    problems.add(root, "this case checks nothing", "say what is seen: \"inside\", \"outside\", …");
  }
  if (!read.steps.empty() && !read.starts) {
    problems.add(root, "\"starts\" stands beside \"steps\"", "let a step say that it \"fails\"");
  }
  if (read.steps.empty()) read.steps = usual_steps(read);
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::must: return "MUST";
    case Level::should: return "SHOULD";
    case Level::expectation: return "expected";
  }
  return {};
}

Result<Case> read_case(std::string text, const std::string& name) {
  auto parsed =
      JsonDocument::parse(std::move(text), {.described = name, .max_bytes = kMaxCaseBytes});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const auto document = std::make_shared<const JsonDocument>(std::move(*parsed));
  Case read{.name = name, .document = document};
  Problems problems;
  read_by_table<Case>(document->root(), kCaseRows, read, problems);
  if (problems.empty()) check_expectations(read, problems);
  if (problems.empty()) complete(read, document->root(), problems);
  if (!problems.empty()) return problems.error();
  return read;
}

}  // namespace bulkhead::conformance
