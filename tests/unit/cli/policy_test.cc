#include <catch2/catch.hpp>
#include <regex>

#include "tests/unit/cli/command_run.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using base::ExitCode;

TEST_CASE("policy explain takes a key without its section") {
  const Ran ran = run_with({"policy", "explain", "unset"});
  CHECK(ran.code == ExitCode::ok);
  CHECK(contains(ran.output, "seccomp.unset\n"));
  CHECK(contains(ran.output, "apparmor.unset\n"));
}

TEST_CASE("a policy that is not valid is told with file and pointer, and gives exit code 5") {
  const Scratch scratch;
  const std::string file = scratch.write("p.json", R"({"version": 1, "mod": "enforce"})");
  const Ran ran = run_with({"policy", "check", file});
  CHECK(ran.code == ExitCode::policy);
  CHECK(contains(ran.output, "/mod"));
  CHECK(contains(ran.output, "p.json"));
}

TEST_CASE("a policy file that is not there is no valid policy") {
  const Ran ran = run_with({"policy", "check", "/nonexistent/policy.json"});
  CHECK(ran.code == ExitCode::policy);
  CHECK(contains(ran.errors, "No such file or directory"));
}

TEST_CASE("policy show names file and line of each value that a file sets") {
  const Scratch scratch;
  scratch.write("policy.json", "{\n  \"version\": 1,\n  \"mode\": \"observe\"\n}\n");
  const Ran ran = run_with({"policy", "show"}, empty_node(scratch));
  CHECK(ran.code == ExitCode::ok);
  CHECK(contains(ran.output, "observe"));
  CHECK(contains(ran.output, "built-in"));
  const Ran json = run_with({"policy", "check", "--json"}, empty_node(scratch));
  CHECK(contains(json.output, "policy.json\",\"pointer\":\"/mode\",\"line\":3}"));
}

TEST_CASE("what policy show --json prints is a policy that says the same") {
  const Scratch scratch;
  scratch.write("policy.json", R"({"version": 1, "mode": "observe",
    "runtimes_trusted_unproved": [{"runtime": "runsc", "because": "a kernel of its own"}],
    "metrics": {"listen": "127.0.0.1:9117"}, "audit": {"backlog_limit": 8192},
    "seccomp": {"floor": "runtime-default", "log_denials": "always", "deny": ["ptrace"]},
    "rules": [{"name": "all", "match": {"engine": "cri-o", "image": "a*", "privileged": false},
      "because": "one \"reason\"", "record": {"name": "web", "exec": false},
      "annotations": {"keep": ["run.oci.handler"]}, "seccomp": {"floor": "none", "log_denials": false},
      "apparmor": {"profile": "localhost/a//&b"}}]})");
  const Ran shown = run_with({"policy", "show", "--json"}, empty_node(scratch));
  REQUIRE(shown.code == ExitCode::ok);
  const std::string copy = scratch.write("copy.json", shown.output);
  const auto settings = [](std::string text) {  // without the places, which differ
    return std::regex_replace(text, std::regex(R"re("(file|pointer)":"[^"]*"|"line":\d+)re"), "");
  };
  const std::string files = R"re("files":\[[^\]]*\]|"warnings":\[[^\]]*\])re";
  const auto told = [&](const Ran& ran) {
    return std::regex_replace(settings(ran.output), std::regex(files), "");
  };
  const Ran of_copy = run_with({"policy", "check", "--json", copy});
  CHECK(of_copy.code == ExitCode::ok);
  CHECK(told(of_copy) == told(run_with({"policy", "check", "--json"}, empty_node(scratch))));
}

// A container of Kubernetes as containerd writes it, in a directory of the node.
std::string shop_bundle(const Scratch& scratch) {
  std::filesystem::create_directory(scratch.path + "/web");
  scratch.write("web/config.json", R"({"ociVersion": "1.0.2", "process": {"args": ["sh"]},
    "annotations": {"io.kubernetes.cri.container-type": "container",
      "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "web-7d4",
      "io.kubernetes.cri.container-name": "app"}})");
  return scratch.path + "/web";
}

TEST_CASE("policy test of a container that nobody knows says what else can be asked about") {
  const Scratch scratch;
  const Ran ran = run_with({"policy", "test", "web"}, empty_node(scratch));
  CHECK(ran.code == ExitCode::usage);
  CHECK(contains(ran.errors, "there is no container 'web' that Bulkhead started"));
  CHECK(contains(ran.errors, "name its bundle, the directory with its config.json"));
}

TEST_CASE(
    "a valid policy is warned of a profile that others may write, and of files that are not read") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path + "/policy.d");
  std::filesystem::create_directory(scratch.path + "/profiles");
  scratch.write("policy.d/10-web.json.bak", "{}");
  const std::string profile = scratch.write("profiles/web.json", "{}");
  scratch.write("policy.json", R"({"version": 1, "profile_roots": {"seccomp": [")" + scratch.path +
                                   R"(/profiles"]}, "seccomp": {"floor": "localhost/web.json"}})");
  const auto told = [&] { return flat(run_with({"policy", "check"}, empty_node(scratch)).output); };
  CHECK(contains(told(), "10-web.json.bak: is ignored: "));
  CHECK_FALSE(contains(told(), "others than root may write"));
  std::filesystem::permissions(profile, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  CHECK(contains(told(), "web.json' or its directory, and so decide what it allows"));
  std::filesystem::permissions(profile, std::filesystem::perms::owner_all);
  CHECK_FALSE(contains(told(), "others than root may write"));
  std::filesystem::permissions(scratch.path + "/profiles", std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  CHECK(contains(told(), "web.json' or its directory, and so decide what it allows"));
}

TEST_CASE("a valid policy is warned of rules that change nothing and files that others may write") {
  const Scratch scratch;
  const std::string file = scratch.write("policy.json", R"({"version": 1,
    "runtimes": ["/nonexistent/crun"], "rules": [
    {"name": "image", "match": {"engine": "podman", "image": "web"}, "seccomp": {"unset": "refuse"}},
    {"name": "empty", "match": {"pod": "a"}},
    {"name": "wide", "match": {"pod": "web-*"}, "seccomp": {"unset": "refuse"}},
    {"name": "narrow", "match": {"pod": "web-1", "namespace": "shop"}, "seccomp": {"unset": "refuse"}},
    {"name": "label", "match": {}, "apparmor": {"profile": "localhost/bulkhead-nowhere"}}]})");
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  const Ran ran = run_with({"policy", "check", file});
  CHECK(ran.code == ExitCode::ok);
  for (const std::string said :
       {"the rule 'image' never matches: for containers of 'podman' no image is told",
        "the rule 'empty' sets nothing", "the rule 'narrow' never decides anything: 'wide'",
        "others than root may write it: as the node's policy it refuses every container",
        "the runtime '/nonexistent/crun' cannot be executed",
        "defines the AppArmor profile 'bulkhead-nowhere'"}) {
    INFO(ran.output);
    CHECK(contains(ran.output, said));
  }
  CHECK_FALSE(contains(ran.output, "the rule 'wide'"));
}

TEST_CASE(
    "policy test says which rules apply, and of the others the first key that does not match") {
  const Scratch scratch;
  scratch.write("policy.json", R"({"version": 1, "rules": [
    {"name": "cni", "match": {"namespace": "kube-*"}, "seccomp": {"unset": "refuse"}},
    {"name": "web", "match": {"namespace": "shop", "pod": "web-*"}, "seccomp": {"unset": "refuse"}},
    {"name": "all", "match": {}, "because": "tests",
     "seccomp": {"unset": "keep"}, "apparmor": {"unset": "refuse"}},
    {"name": "big", "match": {"privileged": true}, "seccomp": {"unset": "refuse"}},
    {"name": "image", "match": {"image": "web:*"}, "seccomp": {"unset": "refuse"}}]})");
  const Ran ran = run_with({"policy", "test", shop_bundle(scratch)}, empty_node(scratch));
  CHECK(ran.code == ExitCode::ok);
  const std::string text = flat(ran.output);
  for (const std::string said :
       {"'shop/web-7d4' (container 'app')", "'cni' no its namespace is 'shop', not",
        "'web' yes sets seccomp.unset", "not seccomp.unset, which 'web' sets first",
        "'big' no it is not privileged", "'image' no it has no image that can be trusted",
        "seccomp.unset refuse rule 'web',", "apparmor.unset refuse rule 'all',"}) {
    INFO(text);
    CHECK(contains(text, said));
  }
  const Ran json =
      run_with({"policy", "test", "--json", shop_bundle(scratch)}, empty_node(scratch));
  CHECK(contains(json.output, "\"matches\":false,\"applies\":false,"));
  CHECK(contains(json.output, "\"first_mismatch\":\"namespace\""));
}
