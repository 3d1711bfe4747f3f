// The cases that are installed.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "base/text.h"
#include "conformance/probe/verbs.h"
#include "conformance/running/needs.h"
#include "conformance/running/observation.h"
#include "conformance/values/case_files.h"
#include "conformance/values/known.h"
#include "conformance/values/runtime_name.h"

namespace bulkhead::conformance {
namespace {

const CaseFiles& files() {
  static const auto read = read_case_files("conformance");
  REQUIRE(read);
  return *read;
}

TEST_CASE("every installed case can be read, and there are at least 200") {
  CHECK(files().cases.size() >= 200);
}

TEST_CASE("every installed case says what it is about and stands on a sentence") {
  for (const Case& one : files().cases) {
    INFO(one.name);
    CHECK(!one.about.empty());
    CHECK(!one.source.sentence.empty());
    CHECK(!one.source.place.empty());
  }
}

void check_verbs(const std::optional<oci_config::JsonValue>& inside) {
  for (auto thing = inside ? inside->first() : inside; thing; thing = thing->next()) {
    CHECK(verb_of(*thing) != nullptr);
  }
}

TEST_CASE("every installed case names only things that a probe can do") {
  for (const Case& one : files().cases) {
    INFO(one.name);
    check_verbs(one.inside);
    for (const Step& step : one.steps) check_verbs(step.inside);
  }
}

TEST_CASE("every installed case names only things that can be observed") {
  std::set<std::string_view> names;
  for (const ObservedThing& thing : observed_things()) names.insert(thing.name);
  for (const Case& one : files().cases) {
    INFO(one.name);
    if (!one.outside) continue;
    for (auto member = one.outside->first(); member; member = member->next()) {
      CHECK(names.contains(member->key()));
    }
  }
}

TEST_CASE("every installed case needs only what the table of needs has") {
  for (const Case& one : files().cases) {
    for (const std::string& need : one.needs) {
      INFO(one.name << " needs " << need);
      CHECK_THAT(missing(need), !Catch::Contains("nobody knows"));
    }
  }
}

TEST_CASE("everything that a case can do or look at is in the documentation") {
  std::ifstream file("docs/conformance.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (const Verb& verb : verbs())
    CHECK_THAT(page, Catch::Contains(base::cat('`', verb.name, '`')));
  for (const ObservedThing& thing : observed_things()) {
    CHECK_THAT(page, Catch::Contains(base::cat('`', thing.name, '`')));
  }
}

TEST_CASE("every known difference speaks of a case that is there") {
  for (const std::string_view family : kRuntimeNames) {
    const auto known = known_of("conformance", std::string(family));
    REQUIRE(known);
    for (const KnownDifference& one : *known) {
      INFO(family << ": " << one.cases);
      CHECK(!selected(files().cases, {one.cases}).empty());
    }
  }
}

}  // namespace
}  // namespace bulkhead::conformance
