#include "policy/settings/policy_reader.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "policy/settings/policy_weakening.h"

namespace bulkhead::policy {
namespace {

Policy accepted(std::string text) {
  auto policy = read_policy({{"policy.json", std::move(text)}});
  INFO((policy ? std::string() : policy.error().sentence()));
  REQUIRE(policy.has_value());
  return *std::move(policy);
}

std::string refused(std::string text) {
  const auto policy = read_policy({{"policy.json", std::move(text)}});
  REQUIRE_FALSE(policy.has_value());
  CHECK(policy.error().code == base::ErrorCode::policy);
  return policy.error().sentence();
}

std::string with_rule(const std::string& rest) {
  return R"({"version":1,"rules":[{"name":"r","match":{"namespace":"a"},)" + rest + "}]}";
}

TEST_CASE("no document at all is the built-in policy") {
  const auto policy = read_policy({}).value();
  CHECK(policy.mode.value == Mode::enforce);
  CHECK(policy.prove.value == Prove::always);
  CHECK(policy.globals.seccomp_unset.value == Unset::runtime_default);
  CHECK(policy.globals.seccomp_log_denials.value == LogDenials::always);
  CHECK(policy.globals.apparmor_complain.value == KeepOrRefuse::refuse);
  CHECK(policy.globals.apparmor_unavailable.value == KeepOrRefuse::keep);
  CHECK(policy.globals.seccomp_unset.origin == Origin{});
  CHECK(policy.runtimes.value == std::vector<std::string>{"runc", "crun"});
}

TEST_CASE("every key is read, and knows where it stood") {
  const Policy policy = accepted(R"({
    "version": 1,  // a comment
    "mode": "observe",
    "seccomp": { "unset": "refuse", "floor": "localhost/floor.json", "floor_action": "refuse",
                 "log_denials": false },
    "apparmor": { "unset": "keep", "not_loaded": "refuse", "complain": "keep",
                  "unavailable": "refuse" },
    "process": { "no_new_privileges": "set", "drop_capabilities": ["CAP_NET_RAW"],
                 "run_as_non_root": "require", "read_only_rootfs": "require" },
    "prove": "when-installing",
    "profile_roots": { "seccomp": ["/a"], "apparmor": ["/b"] },
    "runtimes": ["crun", "/opt/youki"],
    "rules": [ { "name": "all", "match": { "engine": "cri-o", "namespace": "n*", "pod": "p",
                 "container": "c", "image": "i", "privileged": true }, "because": "it is so",
                 "seccomp": { "profile": "unconfined" },
                 "apparmor": { "profile": "localhost/x" },
                 "annotations": { "keep": ["run.oci.handler"] } } ]
  })");
  CHECK(policy.mode.value == Mode::observe);
  CHECK(policy.globals.seccomp_unset.value == Unset::refuse);
  CHECK(policy.globals.seccomp_unset.origin ==
        Origin{.file = "policy.json", .pointer = "/seccomp/unset", .line = 4, .rule = ""});
  CHECK(policy.globals.seccomp_floor.value->text() == "localhost/floor.json");
  CHECK(policy.globals.seccomp_log_denials.value == LogDenials::no);
  CHECK(policy.globals.apparmor_unset.value == Unset::keep);
  CHECK(policy.globals.apparmor_not_loaded.value == NotLoaded::refuse);
  CHECK(policy.globals.apparmor_complain.value == KeepOrRefuse::keep);
  CHECK(policy.globals.apparmor_unavailable.value == KeepOrRefuse::refuse);
  CHECK(policy.globals.no_new_privileges.value == KeepSetRequire::set);
  CHECK(policy.globals.drop_capabilities.value == std::vector<std::string>{"CAP_NET_RAW"});
  CHECK(policy.globals.run_as_non_root.value == KeepOrRequire::require);
  CHECK(policy.globals.read_only_rootfs.value == KeepSetRequire::require);
  CHECK(policy.prove.value == Prove::when_installing);
  CHECK(policy.seccomp_roots.value == std::vector<std::string>{"/a"});
  CHECK(policy.apparmor_roots.value == std::vector<std::string>{"/b"});
  CHECK(policy.runtimes.value == std::vector<std::string>{"crun", "/opt/youki"});
  REQUIRE(policy.rules.size() == 1);
  const Rule& rule = policy.rules[0];
  CHECK(rule.name == "all");
  CHECK(rule.because == "it is so");
  CHECK(rule.match.engine == "cri-o");
  CHECK(rule.match.privileged == true);
  CHECK(rule.settings.seccomp_profile->value == ProfileRef::unconfined());
  CHECK(rule.settings.seccomp_profile->origin.rule == "all");
  CHECK(rule.settings.apparmor_profile->value.name() == "x");
  CHECK(rule.settings.keep_annotations->value == std::vector<std::string>{"run.oci.handler"});
  CHECK_FALSE(rule.settings.seccomp_unset.has_value());
}

TEST_CASE("an unknown key is refused with pointer, line and the nearest known one") {
  CHECK(refused("{\"version\":1,\n\"seccmp\":{}}") ==
        "policy.json: /seccmp (line 2): unknown key 'seccmp'; did you mean 'seccomp'?");
  CHECK_THAT(
      refused(R"({"version":1,"seccomp":{"unsett":"keep"}})"),
      Catch::Contains("/seccomp/unsett (line 1): unknown key 'unsett'; did you mean 'unset'?"));
  CHECK_THAT(refused(R"({"version":1,"process":{"x":1}})"),
             Catch::Contains("known are 'no_new_privileges', 'drop_capabilities'"));
  CHECK_THAT(refused(with_rule(R"("sekcomp":{})")), Catch::Contains("did you mean 'seccomp'?"));
  CHECK_THAT(refused(R"({"version":1,"rules":[{"name":"r","match":{"namepsace":"a"}}]})"),
             Catch::Contains("/rules/0/match/namepsace"));
  CHECK_THAT(refused(R"({"version":1,"Mode":"observe"})"), Catch::Contains("unknown key 'Mode'"));
}

TEST_CASE("an unknown value is refused with the nearest known one") {
  CHECK_THAT(refused(R"({"version":1,"mode":"observed"})"),
             Catch::Contains("/mode (line 1): unknown value 'observed'; did you mean 'observe'?"));
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"unset":"x"}})"),
             Catch::Contains("known are 'runtime-default', 'refuse', 'keep'"));
  CHECK_THAT(refused(R"({"version":1,"process":{"run_as_non_root":"set"}})"),
             Catch::Contains("unknown value 'set'"));
  CHECK_THAT(refused(R"({"version":1,"process":{"drop_capabilities":["CAP_SYSADMIN"]}})"),
             Catch::Contains("did you mean 'CAP_SYS_ADMIN'?"));
  CHECK_THAT(refused(R"({"version":1,"rules":[{"name":"r","match":{"engine":"crio"}}]})"),
             Catch::Contains("unknown engine 'crio'; did you mean 'cri-o'?"));
}

TEST_CASE("a call that cannot be read is refused, and nothing between brackets is not everything") {
  const auto deny = [](const std::string& call) {
    return refused(R"({"version":1,"seccomp":{"deny":["read",")" + call + R"("]}})");
  };
  CHECK_THAT(deny("usrefaultfd"), Catch::Contains("/seccomp/deny/1 (line 1): there is no system "
                                                  "call 'usrefaultfd'; did you mean userfaultfd?"));
  CHECK_THAT(deny("socket(AF_VSOK)"), Catch::Contains("cannot read the argument 'AF_VSOK'"));
  CHECK_THAT(deny("socket()"), Catch::Contains("write 'socket' for all of its calls"));
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"deny":"read"}})"), Catch::Contains("deny"));
}

TEST_CASE("a rule names a record, with what joins by exec or without") {
  const Identity identity{.id = "x", .namespace_ = "a"};
  const auto named = effective_settings(accepted(with_rule(R"("record":"web")")), identity).record;
  REQUIRE(named);
  CHECK(named->value == RecordRequest{.name = "web", .execs = true});
  const auto without = accepted(with_rule(R"("record":{"name":"web.2_x-y","exec":false})"));
  CHECK(effective_settings(without, identity).record->value ==
        RecordRequest{.name = "web.2_x-y", .execs = false});
  CHECK_FALSE(effective_settings(without, {.id = "x", .namespace_ = "b"}).record);
}

TEST_CASE("a record whose name could be a path, or that a rule does not name, is refused") {
  for (const char* name : {"../web", "Web", "", ".web", "we/b", "a b"}) {
    CHECK_THAT(refused(with_rule(R"("record":")" + std::string(name) + R"(")")),
               Catch::Contains("record"));
  }
  CHECK_THAT(refused(with_rule(R"("record":{"exec":true})")), Catch::Contains("names no record"));
  CHECK_THAT(refused(R"({"version":1,"record":"web"})"), Catch::Contains("named by a rule"));
}

TEST_CASE("what a rule records wins over record.d, where only the record counts") {
  const Identity identity{.id = "x", .namespace_ = "a"};
  Policy policy = accepted(with_rule(R"("record":"rule")"));
  policy.recordings = accepted(with_rule(R"("record":"file","seccomp":{"unset":"refuse"})")).rules;
  CHECK(effective_settings(policy, identity).record->value.name == "rule");
  policy.rules.clear();
  CHECK(effective_settings(policy, identity).record->value.name == "file");
  CHECK(effective_settings(policy, identity).seccomp_unset.value == Unset::runtime_default);
}

TEST_CASE("denials are logged, not logged, or logged at any cost") {
  const auto log_denials = [](const std::string& value) {
    return accepted(R"({"version":1,"seccomp":{"log_denials":)" + value + "}}")
        .globals.seccomp_log_denials.value;
  };
  CHECK(log_denials("true") == LogDenials::yes);
  CHECK(log_denials("false") == LogDenials::no);
  CHECK(log_denials(R"("always")") == LogDenials::always);
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"log_denials":"allways"}})"),
             Catch::Contains("unknown value 'allways'; did you mean 'always'?"));
}

TEST_CASE("who installs the filter is the runtime, the gate, or who is cheaper") {
  const auto loader = [](const std::string& value) {
    return accepted(R"({"version":1,"seccomp":{"loader":)" + value + "}}")
        .globals.seccomp_loader.value;
  };
  CHECK(read_policy({}).value().globals.seccomp_loader.value == SeccompLoader::runtime);
  CHECK(loader(R"("runtime")") == SeccompLoader::runtime);
  CHECK(loader(R"("gate")") == SeccompLoader::gate);
  CHECK(loader(R"("auto")") == SeccompLoader::automatic);
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"loader":"automatic"}})"),
             Catch::Contains("unknown value 'automatic'"));
}

TEST_CASE("metrics are served where the policy says, and nowhere unless it says so") {
  CHECK_FALSE(read_policy({}).value().metrics_listen.value.has_value());
  const Policy policy =
      accepted(R"({"version":1,"metrics":{"listen":"unix:/run/bulkhead/metrics.sock"}})");
  CHECK(text_of(*policy.metrics_listen.value) == "unix:/run/bulkhead/metrics.sock");
  CHECK(policy.metrics_listen.origin.pointer == "/metrics/listen");
  const auto none = read_policy({{"a", R"({"version":1,"metrics":{"listen":"127.0.0.1:9464"}})"},
                                 {"b", R"({"version":1,"metrics":{"listen":"none"}})"}});
  CHECK_FALSE(none.value().metrics_listen.value.has_value());
}

TEST_CASE("an address beyond this node needs to be meant, in whichever file that is said") {
  const std::string anywhere = R"({"version":1,"metrics":{"listen":"0.0.0.0:9464"}})";
  CHECK(refused(anywhere) ==
        "policy.json: /metrics/listen (line 1): '0.0.0.0:9464' is an address that others than this "
        "node may reach; take one of 127.0.0.0/8, [::1] or a socket, or say "
        "\"reach\": \"network\"");
  const std::string meant = R"({"version":1,"metrics":{"reach":"network"}})";
  CHECK(read_policy({{"a", anywhere}, {"b", meant}}).has_value());
  CHECK(read_policy({{"a", meant}, {"b", anywhere}}).has_value());
}

TEST_CASE("a misspelt key or value of the metrics is refused with the nearest known one") {
  CHECK_THAT(
      refused(R"({"version":1,"metrics":{"lisen":"none"}})"),
      Catch::Contains("/metrics/lisen (line 1): unknown key 'lisen'; did you mean 'listen'"));
  CHECK_THAT(refused(R"({"version":1,"metrics":{"reach":"netwrk"}})"),
             Catch::Contains("unknown value 'netwrk'; did you mean 'network'?"));
  CHECK_THAT(refused(R"({"version":1,"metrics":{"listen":"localhost:9464"}})"),
             Catch::Contains("/metrics/listen (line 1): 'localhost:9464' is not an address in "
                             "numbers; write '127.0.0.1:9464'"));
  CHECK_THAT(refused(R"({"version":1,"metric":{}})"), Catch::Contains("did you mean 'metrics'?"));
}

TEST_CASE("a value of the wrong type is refused") {
  for (const char* text :
       {R"({"version":"1"})", R"({"version":1,"mode":1})", R"({"version":1,"seccomp":[]})",
        R"({"version":1,"seccomp":{"log_denials":"yes"}})",
        R"({"version":1,"process":{"drop_capabilities":"CAP_CHOWN"}})",
        R"({"version":1,"process":{"drop_capabilities":[1]}})", R"({"version":1,"rules":{}})",
        R"({"version":1,"rules":[1]})", R"({"version":1,"runtimes":[1]})",
        R"({"version":1,"profile_roots":{"seccomp":"/a"}})",
        R"({"version":1,"metrics":"127.0.0.1:9464"})", R"({"version":1,"metrics":{"listen":9464}})",
        R"({"version":1,"rules":[{"name":1,"match":{}}]})",
        R"({"version":1,"rules":[{"name":"r","match":{"privileged":"yes"}}]})",
        R"({"version":1,"rules":[{"name":"r","match":[]}]})", "[]", "1", "null"}) {
    INFO(text);
    CHECK_THAT(refused(text), Catch::Contains("(line 1)"));
  }
}

TEST_CASE("the version must be there and be 1") {
  CHECK_THAT(refused("{}"), Catch::Contains("\"version\" is missing; write \"version\": 1"));
  CHECK_THAT(refused(R"({"version":2})"), Catch::Contains("version 2 is not known"));
}

TEST_CASE("the same key twice is refused") {
  CHECK_THAT(refused(R"({"version":1,"mode":"enforce","mode":"observe"})"),
             Catch::Contains("mode"));
}

TEST_CASE("what only a rule can say is told where it belongs") {
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"profile":"unconfined"}})"),
             Catch::Contains("a profile is named by a rule"));
  CHECK_THAT(refused(R"({"version":1,"annotations":{"keep":["x"]}})"),
             Catch::Contains("annotations are kept by a rule"));
}

TEST_CASE("what exceeds the floor is refused or clamped") {
  const auto policy = accepted(R"({"version":1,"seccomp":{"floor_action":"clamp"}})");
  CHECK(policy.globals.seccomp_floor_action.value == FloorAction::clamp);
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"floor_action":"clam"}})"),
             Catch::Contains("/seccomp/floor_action (line 1): unknown value 'clam'; did you mean "
                             "'clamp'?"));
}

TEST_CASE("a rule may say who needs a user namespace, and what joins may have") {
  const auto policy = accepted(
      R"({"version":1,"process":{"user_namespace":"require"},
          "exec":{"capabilities":"as-asked"},
          "rules":[{"name":"r","match":{},"because":"why",
                    "process":{"user_namespace":"keep"},"exec":{"capabilities":"container"}}]})");
  CHECK(policy.globals.user_namespace.value == KeepOrRequire::require);
  CHECK(policy.globals.exec_capabilities.value == ExecCapabilities::as_asked);
  const SettingsOverride& rule = policy.rules.at(0).settings;
  CHECK(rule.user_namespace->value == KeepOrRequire::keep);
  CHECK(rule.exec_capabilities->value == ExecCapabilities::container);
  CHECK_THAT(refused(R"({"version":1,"exec":{"capabilities":"as_asked"}})"),
             Catch::Contains("unknown value 'as_asked'; did you mean 'as-asked'?"));
}

TEST_CASE("a runtime is trusted unproved by its name or its path, with a reason") {
  const auto policy = accepted(
      R"({"version":1,"runtimes_trusted_unproved":[{"runtime":"runsc","because":"gVisor confines"},
          {"runtime":"/opt/kata/kata-runtime","because":"a virtual machine"}]})");
  REQUIRE(policy.runtimes_trusted_unproved.value.size() == 2);
  CHECK(trusted_unproved(policy, "/usr/bin/runsc")->because == "gVisor confines");
  CHECK(trusted_unproved(policy, "runsc")->runtime == "runsc");
  CHECK(trusted_unproved(policy, "/opt/kata/kata-runtime")->because == "a virtual machine");
  CHECK(trusted_unproved(policy, "/usr/bin/kata-runtime") == nullptr);
  CHECK(trusted_unproved(policy, "/usr/bin/runsc-2") == nullptr);
  CHECK(trusted_unproved(built_in_policy(), "/usr/bin/runsc") == nullptr);
}

TEST_CASE("a runtime without a reason is not trusted") {
  const auto with = [](const std::string& entry) {
    return refused(R"({"version":1,"runtimes_trusted_unproved":[)" + entry + "]}");
  };
  CHECK_THAT(with(R"({"runtime":"runsc"})"),
             Catch::Contains("/runtimes_trusted_unproved/0 (line 1): has no \"because\""));
  CHECK_THAT(with(R"({"runtime":"runsc","because":" "})"), Catch::Contains("is empty"));
  CHECK_THAT(with(R"({"because":"why"})"), Catch::Contains("names no \"runtime\""));
  CHECK_THAT(with(R"({"runtime":"bin/runsc","because":"why"})"),
             Catch::Contains("'bin/runsc' is no runtime"));
  CHECK_THAT(with(R"({"runtime":"runsc","becuase":"why"})"),
             Catch::Contains("unknown key 'becuase'; did you mean 'because'?"));
  CHECK_THAT(with(R"("runsc")"), Catch::Contains("/runtimes_trusted_unproved/0 (line 1)"));
  CHECK_THAT(refused(R"({"version":1,"runtimes_trusted_unproved":"runsc"})"),
             Catch::Contains("/runtimes_trusted_unproved (line 1)"));
}

TEST_CASE("a floor is none, the default or a file") {
  CHECK_FALSE(accepted(R"({"version":1,"seccomp":{"floor":"none"}})").globals.seccomp_floor.value);
  for (const char* text : {"runtime-default", "runtime/default"}) {
    const auto policy =
        accepted(std::string(R"({"version":1,"seccomp":{"floor":")") + text + "\"}}");
    CHECK(policy.globals.seccomp_floor.value == SeccompFloor(ProfileRef::runtime_default()));
  }
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"floor":"unconfined"}})"),
             Catch::Contains("'unconfined' is no floor; write 'none'"));
  CHECK_THAT(refused(R"({"version":1,"seccomp":{"floor":"localhost/../x"}})"),
             Catch::Contains("'.' or '..'"));
}

TEST_CASE("profile roots are absolute, runtimes are names or absolute paths") {
  CHECK_THAT(refused(R"({"version":1,"profile_roots":{"seccomp":["etc"]}})"),
             Catch::Contains("/profile_roots/seccomp/0 (line 1): 'etc' is not an absolute path"));
  CHECK_THAT(refused(R"({"version":1,"profile_roots":{"seccomp":["/a/../b"]}})"),
             Catch::Contains("is not an absolute path"));
  CHECK_THAT(refused(R"({"version":1,"runtimes":["bin/runc"]})"),
             Catch::Contains("'bin/runc' is no runtime"));
  CHECK_THAT(refused(R"({"version":1,"runtimes":[]})"), Catch::Contains("names no runtime"));
}

TEST_CASE("a rule has a name of its own and says what it matches") {
  CHECK_THAT(refused(R"({"version":1,"rules":[{"match":{}}]})"),
             Catch::Contains("a rule without \"name\""));
  CHECK_THAT(refused(R"({"version":1,"rules":[{"name":"r"}]})"),
             Catch::Contains("a rule without \"match\""));
  CHECK_THAT(refused(R"({"version":1,"rules":[{"name":" ","match":{}}]})"),
             Catch::Contains("/rules/0/name (line 1): is empty"));
  CHECK_THAT(refused(R"({"version":1,"rules":[{"name":"r","match":{}},
                         {"name":"r","match":{}}]})"),
             Catch::Contains("a second rule with the name 'r'"));
}

TEST_CASE("all findings of all files are told at once") {
  const auto policy = read_policy({{"a.json", R"({"version":1,"mode":"x"})"},
                                   {"b.json", "{"},
                                   {"c.json", R"({"version":1,"prove":"y","z":1})"}});
  REQUIRE_FALSE(policy.has_value());
  const std::string sentence = policy.error().sentence();
  for (const char* part : {"a.json: /mode", "; also: b.json", "c.json: /prove", "c.json: /z"}) {
    CHECK_THAT(sentence, Catch::Contains(part));
  }
}

TEST_CASE("a later file's settings replace an earlier one's, and its rules come first") {
  const auto policy =
      read_policy({{"policy.json", R"({"version":1,"mode":"observe","seccomp":{"unset":"refuse"},
                      "rules":[{"name":"a","match":{}},{"name":"b","match":{}}]})"},
                   {"policy.d/x.json", R"({"version":1,"mode":"enforce",
                      "rules":[{"name":"c","match":{}},{"name":"d","match":{}}]})"}})
          .value();
  CHECK(policy.mode.value == Mode::enforce);
  CHECK(policy.mode.origin.file == "policy.d/x.json");
  CHECK(policy.globals.seccomp_unset.value == Unset::refuse);
  std::string order;
  for (const Rule& rule : policy.rules) order += rule.name;
  CHECK(order == "cdab");
  CHECK(policy.files == std::vector<std::string>{"policy.json", "policy.d/x.json"});
}

// ---- because -----------------------------------------------------------------------------------

struct WeakeningCase {
  const char* globals;
  const char* rule;
  const char* key;
};

TEST_CASE("a rule that weakens anything without a reason is refused") {
  const WeakeningCase kCases[] = {
      {"", R"("seccomp":{"unset":"keep"})", "seccomp.unset"},
      {R"("seccomp":{"unset":"refuse"},)", R"("seccomp":{"unset":"runtime-default"})",
       "seccomp.unset"},
      {"", R"("seccomp":{"profile":"unconfined"})", "seccomp.profile"},
      {R"("seccomp":{"floor":"runtime-default"},)", R"("seccomp":{"floor":"none"})",
       "seccomp.floor"},
      {R"("seccomp":{"floor":"runtime-default"},)", R"("seccomp":{"floor":"localhost/f"})",
       "seccomp.floor"},
      {R"("seccomp":{"deny":["ptrace","mseal"]},)", R"("seccomp":{"deny":["mseal"]})",
       "seccomp.deny"},
      {R"("seccomp":{"architectures":"native"},)", R"("seccomp":{"architectures":"as-asked"})",
       "seccomp.architectures"},
      {"", R"("apparmor":{"unset":"keep"})", "apparmor.unset"},
      {"", R"("apparmor":{"profile":"localhost/unconfined"})", "apparmor.profile"},
      {"", R"("apparmor":{"complain":"keep"})", "apparmor.complain"},
      {R"("apparmor":{"unavailable":"refuse"},)", R"("apparmor":{"unavailable":"keep"})",
       "apparmor.unavailable"},
      {R"("process":{"no_new_privileges":"set"},)", R"("process":{"no_new_privileges":"keep"})",
       "process.no_new_privileges"},
      {R"("process":{"drop_capabilities":["CAP_NET_RAW","CAP_CHOWN"]},)",
       R"("process":{"drop_capabilities":["CAP_CHOWN"]})", "process.drop_capabilities"},
      {R"("process":{"run_as_non_root":"require"},)", R"("process":{"run_as_non_root":"keep"})",
       "process.run_as_non_root"},
      {R"("process":{"read_only_rootfs":"set"},)", R"("process":{"read_only_rootfs":"keep"})",
       "process.read_only_rootfs"},
      {R"("process":{"user_namespace":"require"},)", R"("process":{"user_namespace":"keep"})",
       "process.user_namespace"},
      {"", R"("exec":{"capabilities":"as-asked"})", "exec.capabilities"},
      {"", R"("annotations":{"keep":["run.oci.handler"]})", "annotations.keep"},
  };
  for (const auto& [globals, rule, key] : kCases) {
    INFO(globals << " " << rule);
    const std::string start =
        std::string(R"({"version":1,)") + globals + R"("rules":[{"name":"r",)";
    CHECK_THAT(refused(start + R"("match":{},)" + rule + "}]}"),
               Catch::Contains(std::string("rule 'r' weakens ") + key) &&
                   Catch::Contains("give the rule a \"because\""));
    accepted(start + R"("because":"why","match":{},)" + rule + "}]}");
  }
}

TEST_CASE("a rule that is as strict or stricter needs no reason") {
  for (const char* rule :
       {R"("seccomp":{"unset":"refuse","log_denials":false,"floor":"runtime-default"})",
        R"("seccomp":{"unset":"runtime-default","profile":"localhost/app.json"})",
        R"("apparmor":{"not_loaded":"load","unavailable":"refuse"})",
        R"("apparmor":{"not_loaded":"refuse","profile":"localhost/app"})",
        R"("process":{"no_new_privileges":"require","drop_capabilities":["CAP_CHOWN"]})",
        R"("annotations":{"keep":[]})"}) {
    INFO(rule);
    accepted(with_rule(rule));
  }
  accepted(R"({"version":1,"process":{"no_new_privileges":"require"},"rules":[{"name":"r",
            "match":{},"process":{"no_new_privileges":"set"}}]})");
}

std::string two_rules(const std::string& first, const std::string& second) {
  return R"({"version":1,"rules":[{"name":"first","match":)" + first +
         R"(,"seccomp":{"unset":"runtime-default"}},{"name":"second","match":)" + second +
         R"(,"seccomp":{"unset":"refuse"}}]})";
}

TEST_CASE("a rule in front of a stricter one that matches the same container needs a reason") {
  CHECK_THAT(
      refused(two_rules(R"({"namespace":"a"})", R"({"namespace":"*"})")),
      Catch::Contains("rule 'first' weakens seccomp.unset ('runtime-default' where 'refuse'"));
  CHECK_THAT(refused(two_rules(R"({"namespace":"a*"})", R"({"namespace":"*b"})")),
             Catch::Contains("rule 'first' weakens"));
  CHECK_THAT(refused(two_rules(R"({"pod":"a"})", R"({"namespace":"b"})")),
             Catch::Contains("rule 'first' weakens"));
  accepted(two_rules(R"({"namespace":"a"})", R"({"namespace":"b"})"));
  accepted(two_rules(R"({"privileged":true})", R"({"privileged":false})"));
  accepted(two_rules(R"({"namespace":"shop"})", R"({"namespace":"kube-*"})"));
}

TEST_CASE("an empty reason is no reason") {
  CHECK_THAT(
      refused(with_rule(R"("because":"  ","seccomp":{"unset":"keep"})")),
      Catch::Contains("/because (line 1): is empty") && Catch::Contains("weakens seccomp.unset"));
}

// ---- matching ----------------------------------------------------------------------------------

TEST_CASE("a rule matches when everything that it names does") {
  const Identity identity{.engine = Engine::containerd,
                          .namespace_ = "shop",
                          .pod = "web-7d4",
                          .container = "app",
                          .image = "reg/shop/web:1"};
  CHECK(matches({}, identity));
  CHECK(matches({.engine = "containerd", .namespace_ = "shop", .image = "*/web:*"}, identity));
  CHECK_FALSE(matches({.engine = "containerd", .namespace_ = "shop", .pod = "db"}, identity));
  CHECK_FALSE(matches({.privileged = true}, identity));
  CHECK(matches({.privileged = false}, identity));
}

TEST_CASE("a glob matches no name that the container does not have") {
  const Identity nobody{.id = "c1"};
  CHECK_FALSE(matches({.namespace_ = "*"}, nobody));
  CHECK_FALSE(matches({.engine = "*"}, nobody));
  CHECK(matches({}, nobody));
}

TEST_CASE("a container's settings name the rules that set them") {
  const Policy policy = accepted(R"({"version":1,"rules":[
    {"name":"unused","match":{"namespace":"other"},"seccomp":{"unset":"refuse"}},
    {"name":"one","match":{"namespace":"shop"},"seccomp":{"unset":"refuse"}},
    {"name":"two","match":{},"seccomp":{"unset":"refuse"},"apparmor":{"unset":"refuse"}},
    {"name":"late","match":{},"apparmor":{"unset":"refuse"}}]})");
  const auto settings = effective_settings(policy, {.namespace_ = "shop"});
  CHECK(settings.seccomp_unset.origin.rule == "one");
  CHECK(settings.apparmor_unset.origin.rule == "two");
  CHECK(settings.apparmor_complain.origin.file == "built-in");
  REQUIRE(settings.applied_rules.size() == 2);
  CHECK(settings.applied_rules[0].name == "one");
  CHECK(settings.applied_rules[1].name == "two");
}

TEST_CASE("the kernel's backlog of audit records is left alone unless a number is given") {
  CHECK(accepted(R"({"version":1})").audit_backlog_limit.value == BacklogLimit{});
  CHECK(accepted(R"({"version":1,"audit":{"backlog_limit":"keep"}})").audit_backlog_limit.value ==
        BacklogLimit{});
  const auto limit =
      accepted(R"({"version":1,"audit":{"backlog_limit":8192}})").audit_backlog_limit;
  CHECK(limit.value.records == 8192);
  CHECK(limit.origin.pointer == "/audit/backlog_limit");
  for (const char* wrong : {"0", "63", "1048577", "-1", "64.5", "\"8192\"", "true", "null"}) {
    INFO(wrong);
    CHECK_THAT(refused(base::cat(R"({"version":1,"audit":{"backlog_limit":)", wrong, "}}")),
               Catch::Contains("/audit/backlog_limit") &&
                   Catch::Contains("is no number from 64 to 1048576; write how many audit records "
                                   "the kernel may keep, or \"keep\""));
  }
  CHECK_THAT(refused(R"({"version":1,"audit":{"backlog_limits":8192}})"),
             Catch::Contains("unknown key 'backlog_limits'; did you mean 'backlog_limit'?"));
}

}  // namespace
}  // namespace bulkhead::policy
