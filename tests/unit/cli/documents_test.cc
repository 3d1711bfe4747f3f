// Documents beside the code that they describe.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "audit/events/event.h"
#include "cli/profiles/policy_command.h"
#include "oci-config/json.h"
#include "policy/settings/policy.h"

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

TEST_CASE("every key of the policy is in its man page and its reference") {
  const std::string man = read("packaging/man/bulkhead-policy.5");
  const std::string docs = read("docs/policy.md");
  for (const cli::SettingRow& row : cli::rows_of(policy::built_in_policy())) {
    CAPTURE(row.key);
    CHECK(contains(docs, "`" + row.key + "`"));
    CHECK(contains(man, row.key));
  }
}
