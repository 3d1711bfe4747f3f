// Documents beside the code that they describe.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "audit/events/event.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/settings/settings_table.h"

using namespace bulkhead;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

audit::Event full_event() {
  return {.kind = audit::EventKind::refused,
          .stage = "shim create",
          .identity = {.engine = policy::Engine::containerd,
                       .id = "id",
                       .namespace_ = "shop",
                       .pod = "web",
                       .pod_uid = "uid",
                       .container = "app",
                       .image = "image"},
          .seccomp = "runtime/default",
          .apparmor = "label",
          .message = "sentence",
          .reasons = {{.subject = "seccomp", .sentence = "why", .because = "words"}},
          .findings = {{.severity = policy::Severity::error,
                        .check = "check",
                        .pointer = "/linux",
                        .message = "message",
                        .remedy = "remedy"}}};
}

// Every key of the value and of what is in it.
void for_each_key(const oci_config::JsonValue& value, const auto& visit) {
  for (auto child = value.first(); child; child = child->next()) {
    if (!child->key().empty()) visit(std::string(child->key()));
    for_each_key(*child, visit);
  }
}

}  // namespace

TEST_CASE("every kind of event is described") {
  const std::string docs = read("docs/events.md");
  using Kind = audit::EventKind;
  for (const Kind kind : {Kind::admitted, Kind::changed, Kind::refused, Kind::observed,
                          Kind::proved, Kind::installed, Kind::proof_failed, Kind::removed}) {
    CAPTURE(std::string(audit::name_of(kind)));
    CHECK(contains(docs, "| `" + std::string(audit::name_of(kind)) + "` |"));
  }
}

TEST_CASE("every member of an event is described") {
  const std::string docs = read("docs/events.md");
  const auto document = oci_config::JsonDocument::parse(
      audit::to_json(full_event(), "2026-11-24T00:00:00.000Z"), {.described = "event"});
  REQUIRE(document);
  CHECK(document->root().size() >= 13);
  for_each_key(document->root(), [&](const std::string& key) {
    CAPTURE(key);
    CHECK(contains(docs, "`" + key + "`"));
  });
}

TEST_CASE("the policy's man page lists every setting, and no other") {
  const std::string man = read("packaging/man/bulkhead-policy.5");
  std::vector<std::string> listed;
  std::istringstream lines(man.substr(man.find(".Ss Top level")));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(".It Ic ")) continue;
    std::istringstream words(line.substr(7));
    for (std::string word; words >> word;) {
      if (word != ",") listed.push_back(word);
    }
  }
  std::vector<std::string> settings = {"version", "rules", "name", "match", "because"};
  const auto add = [&](const auto& row) { settings.emplace_back(row.key); };
  policy::for_each_setting(policy::kNodeSettings, add);
  policy::for_each_setting(policy::kContainerSettings, add);
  std::ranges::sort(listed);
  std::ranges::sort(settings);
  CHECK(listed == settings);
}

TEST_CASE("the completions know the modes of the policy") {
  std::string modes;
  for (const auto mode : policy::choices_of<policy::Mode>()) {
    modes = base::cat(policy::name_of(mode), modes.empty() ? "" : " ", modes);
  }
  for (const char* file : {"_bulkhead", "bulkhead.bash", "bulkhead.fish"}) {
    CAPTURE(file);
    CHECK(contains(read(std::string("packaging/completions/") + file), modes));
  }
}
