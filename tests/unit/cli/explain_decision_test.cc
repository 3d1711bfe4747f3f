// Explanations as people read them: tests/golden/explain/*.txt. UPDATE_GOLDEN=1 writes them anew;
// read the difference in review.
#include "cli/containers/explain_decision.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "oci-config/json.h"
#include "tests/unit/policy/decide_case.h"

namespace bulkhead::cli {
namespace {

using namespace policy::testing;
using policy::Refusal;
using policy::Severity;

struct Golden {
  const char* file;
  DecideCase item;
};

const Golden kGoldens[] = {
    {"fallback",
     {.spec = "containerd:shop/web-7d4/app image:reg.example/shop/web:1.2 "
              "caps:CAP_CHOWN,CAP_NET_RAW",
      .policy = "process.drop_capabilities=[CAP_NET_RAW] process.no_new_privileges=set",
      .facts = "apparmor hook runtime:crun flag:LOG flag:SPEC_ALLOW"}},
    {"as-it-is",
     {.spec = "containerd:shop/web-7d4/app seccomp:good apparmor:app nnp",
      .facts = "apparmor loaded:app=enforce"}},
    {"rule-with-reason",
     {.spec = "containerd:kube-system/cilium-x/agent privileged root",
      .policy =
          "rule(namespace=kube-system,privileged=true):seccomp.unset=keep,apparmor.unset=keep",
      .facts = "apparmor"}},
    {"localhost-by-rule",
     {.spec = "cri-o:shop/web-7d4/app",
      .policy = "rule(namespace=shop):seccomp.profile=localhost/profiles/my-app.json,"
                "apparmor.profile=localhost/k8s-my-app",
      .facts = "apparmor file:profiles/my-app.json=good"}},
    {"refused",
     {.spec = "podman annotation:run.oci.seccomp_bpf_data=AAAA seccomp:notify root",
      .policy = "process.run_as_non_root=require",
      .facts = "apparmor"}},
    {"cannot-start",
     {.spec = "containerd:shop/web-7d4/app seccomp:nothing no-caps",
      .policy = "seccomp.log_denials=false",
      .facts = "gate runtime:runc"}},
    {"above-the-floor",
     {.spec = "containerd:shop/web-7d4/app seccomp:wide",
      .policy = "seccomp.floor=runtime-default"}},
    {"clamped",
     {.spec = "containerd:shop/web-7d4/app seccomp:wide",
      .policy = "seccomp.floor=runtime-default seccomp.floor_action=clamp",
      .facts = "gate"}},
    {"observed",
     {.spec = "podman seccomp:unknown-only", .policy = "mode=observe", .facts = "apparmor hook"}},
    {"findings",
     {.spec = "containerd:shop/web-7d4/app seccomp:allows apparmor:app",
      .facts = "runtime:runc hook"}},
};

std::string read_whole(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void compare_with_golden(const std::string& name, const std::string& text) {
  const std::string path = "tests/golden/explain/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  INFO(path);
  CHECK(read_whole(path) == text);
}

TEST_CASE("explanations are what tests/golden/explain holds") {
  for (const Golden& golden : kGoldens) {
    const Decided decided = decide_case(golden.item);
    compare_with_golden(std::string(golden.file) + ".txt",
                        explain(decided.decision, decided.identity));
  }
}

TEST_CASE("an explanation in JSON is one valid object with the outcome first") {
  for (const Golden& golden : kGoldens) {
    INFO(golden.file);
    const Decided decided = decide_case(golden.item);
    const std::string json = explain_json(decided.decision, decided.identity);
    CHECK(json.find('\n') == std::string::npos);
    CHECK_THAT(json, Catch::StartsWith(R"({"outcome":)"));
    const auto document = oci_config::JsonDocument::parse(json, {.described = "explanation"});
    REQUIRE(document.has_value());
    CHECK(document->find("/identity/engine").has_value());
    const bool refused = std::holds_alternative<Refusal>(decided.decision);
    CHECK(document->find("/sentence").has_value() == refused);
    CHECK(document->find("/seccomp/source").has_value() != refused);
  }
}

TEST_CASE("an explanation holds no control character of an untrusted name") {
  Decided decided = decide_case({.spec = "podman", .facts = "apparmor"});
  decided.identity.image = "a\x1b[2Jb";
  CHECK(explain(decided.decision, decided.identity).find('\x1b') == std::string::npos);
  Refusal refusal{{{.severity = Severity::error, .pointer = "/annotations/a\x1b[2Jb"}}};
  CHECK(explain(refusal, decided.identity).find('\x1b') == std::string::npos);
}

const std::vector<DecideCase>& cases() {
  static const auto kCases = read_cases("tests/tables/decide.table");
  return kCases;
}

TEST_CASE("a case decided twice gives the same explanation") {
  for (const DecideCase& item : cases()) {
    INFO("line " << item.line << ": " << item.name);
    const Decided once = decide_case(item);
    const Decided twice = decide_case(item);
    CHECK(explain_json(once.decision, once.identity) ==
          explain_json(twice.decision, twice.identity));
  }
}

TEST_CASE("no line of an explanation is longer than 80 columns, unless one word is") {
  for (const DecideCase& item : cases()) {
    const Decided decided = decide_case(item);
    std::string text = explain(decided.decision, decided.identity);
    for (const std::string& line : words_of(text)) CHECK(line.find('\t') == std::string::npos);
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::string line = text.substr(begin, text.find('\n', begin) - begin);
      begin += line.size() + 1;
      INFO(item.name << ": " << line);
      const auto last_space = line.find_last_of(' ');
      CHECK((line.size() <= 80 || line.size() - last_space > 50));
    }
  }
}

}  // namespace
}  // namespace bulkhead::cli
