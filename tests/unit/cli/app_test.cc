#include "cli/frame/app.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "cli/frame/help.h"
#include "cli/screen/layout.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using base::ExitCode;

namespace {

struct Ran {
  ExitCode code;
  std::string output;
  std::string errors;
};

// A directory of its own for each test, removed with it.
struct Scratch {
  std::string path;
  Scratch() {
    char name[] = "/tmp/bulkhead-cli-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
    return path + "/" + name;
  }
};

Ran run_with(const std::vector<std::string>& arguments, const base::Paths& paths = {}) {
  Output output;
  Output errors;
  const ExitCode code = run(arguments, output, errors, paths);
  return {code, output.buffer(), errors.buffer()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string flat(std::string text) {  // without line breaks, as a reader reads
  std::string out;
  for (const char letter : text) {
    const char plain = letter == '\n' ? ' ' : letter;
    if (plain != ' ' || !out.ends_with(' ')) out += plain;
  }
  return out;
}

base::Paths empty_node(const Scratch& scratch) {
  return {
      .settings = scratch.path, .state = scratch.path, .cache = scratch.path, .log = scratch.path};
}

}  // namespace

TEST_CASE("--version prints name and version") {
  const Ran ran = run_with({"--version"});
  CHECK(ran.code == ExitCode::ok);
  CHECK(ran.output == "bulkhead " BULKHEAD_VERSION "\n");
}

TEST_CASE("no argument at all prints the help and is a mistake") {
  const Ran ran = run_with({});
  CHECK(ran.code == ExitCode::usage);
  CHECK(contains(ran.output, "Commands"));
}

TEST_CASE("an unknown command suggests the nearest one") {
  CHECK(run_with({"chek"}).errors ==
        "bulkhead: unknown command 'chek'; did you mean `bulkhead check`?\n");
  CHECK(run_with({"chekc"}).errors ==
        "bulkhead: unknown command 'chekc'; did you mean `bulkhead check`?\n");
  const Ran far = run_with({"frobnicate"});
  CHECK(far.code == ExitCode::usage);
  CHECK(far.errors ==
        "bulkhead: unknown command 'frobnicate'; `bulkhead --help` lists the commands\n");
}

TEST_CASE("half a command lists the whole ones, and is a mistake unless help is asked for") {
  const Ran ran = run_with({"policy"});
  CHECK(ran.code == ExitCode::usage);
  CHECK(contains(ran.output, "  policy check "));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"policy", "--help"}, {"policy", "help"}, {"help", "policy"}}) {
    CHECK(run_with(words).code == ExitCode::ok);
    CHECK(run_with(words).output == ran.output);
  }
}

TEST_CASE("help and version are asked for by a word as well") {
  CHECK(run_with({"help"}).output == run_with({"--help"}).output);
  CHECK(run_with({"version"}).output == run_with({"--version"}).output);
  CHECK(run_with({"help", "check"}).output == run_with({"check", "--help"}).output);
  CHECK(run_with({"help", "policy", "show"}).output ==
        run_with({"policy", "show", "--help"}).output);
  CHECK(run_with({"help", "chek"}).errors ==
        "bulkhead: unknown command 'chek'; did you mean `bulkhead check`?\n");
}

TEST_CASE("a word that a group does not know is the one that is named") {
  CHECK(run_with({"policy", "shwo"}).errors ==
        "bulkhead: 'policy' has no command 'shwo'; did you mean `bulkhead policy show`?\n");
  CHECK(run_with({"policy", "frobnicate"}).errors ==
        "bulkhead: 'policy' has no command 'frobnicate'; `bulkhead policy --help` lists those it "
        "has\n");
}

TEST_CASE("a mistake on a command line with --json is a JSON object, too") {
  const Ran ran = run_with({"check", "--json", "--nope", "."});
  CHECK(ran.code == ExitCode::usage);
  CHECK_THAT(ran.output, Catch::StartsWith(R"({"error":{"code":"usage")"));
}

TEST_CASE("an unknown option suggests the nearest one") {
  const Ran ran = run_with({"check", "--jsno", "."});
  CHECK(ran.code == ExitCode::usage);
  CHECK(ran.errors == "bulkhead: unknown option '--jsno'; did you mean --json?\n");
}

TEST_CASE("a missing operand and one too many are mistakes") {
  CHECK(run_with({"check"}).code == ExitCode::usage);
  const Ran many = run_with({"check", "a", "b"});
  CHECK(many.code == ExitCode::usage);
  CHECK(contains(many.errors, "unexpected argument 'b'"));
}

TEST_CASE("a value that an option does not know is told with those that it knows") {
  const Ran ran = run_with({"default", "--format", "yaml"});
  CHECK(ran.code == ExitCode::usage);
  CHECK(ran.errors == "bulkhead: --format does not know 'yaml'; it takes oci, docker\n");
}

TEST_CASE("untrusted words reach the terminal quoted") {
  const Ran ran = run_with({"\x1b[31mred"});
  CHECK_FALSE(contains(ran.errors, "\x1b"));
}

TEST_CASE("every command has help with a summary, options and examples that fit the screen") {
  const Output output;
  const Commands commands = all_commands();
  for (const auto& command : commands) {
    const CommandHelp help = command->help();
    CAPTURE(help.name);
    CHECK_FALSE(help.summary.empty());
    CHECK_FALSE(help.description.empty());
    CHECK_FALSE(help.examples.empty());
    for (const Option& option : command->options()) CHECK_FALSE(option.help.empty());
    std::istringstream lines(help_of(*command, commands, output));
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(display_width(line) <= kScreenColumns);
    }
  }
}

TEST_CASE("--help after a command prints the help of that command") {
  for (const auto& command : all_commands()) {
    std::vector<std::string> words;
    std::istringstream name{std::string(command->help().name)};
    for (std::string word; name >> word;) words.push_back(word);
    words.emplace_back("--help");
    const Ran ran = run_with(words);
    CAPTURE(command->help().name);
    CHECK(ran.code == ExitCode::ok);
    CHECK(ran.output.starts_with("bulkhead " + std::string(command->help().name)));
    CHECK(contains(ran.output, "Examples"));
  }
}

TEST_CASE("a failure with --json is one JSON object too") {
  const Scratch scratch;
  const Ran ran = run_with({"check", "--json", scratch.path + "/none"}, empty_node(scratch));
  CHECK(ran.code == ExitCode::system);
  CHECK(ran.output.starts_with("{\"error\":{\"code\":\"io\",\"message\":"));
  CHECK(ran.output.ends_with("}}\n"));
}

TEST_CASE("the exit codes of help, docs and man page are those of the table") {
  const std::string help = flat(run_with({"--help"}).output);
  const std::string docs = read("docs/exit-codes.md");
  const std::string man = read("packaging/man/bulkhead.8");
  for (const base::ExitCodeRow& row : base::exit_code_table()) {
    const std::string code = std::to_string(static_cast<int>(row.code));
    const std::string name(row.name);
    const std::string meaning(row.meaning);
    CAPTURE(code, name);
    CHECK(contains(help, code + " " + name + " " + meaning));
    CHECK(contains(docs, "| " + code + " | " + name + " | " + meaning + " |"));
    CHECK(contains(man, ".It " + code + "\n" + name + ": " + meaning + "\n"));
  }
}

TEST_CASE("every option is in the completions and in the man page") {
  const std::string bash = read("packaging/completions/bulkhead.bash");
  const std::string zsh = read("packaging/completions/_bulkhead");
  const std::string fish = read("packaging/completions/bulkhead.fish");
  const std::string man = read("packaging/man/bulkhead.8");
  REQUIRE_FALSE(man.empty());
  for (const auto& command : all_commands()) {
    const std::string name(command->help().name);
    const std::string last = name.substr(name.rfind(' ') + 1);
    CAPTURE(name);
    CHECK(contains(man, ".Cm " + name + "\n"));
    for (const std::string& text : {bash, zsh, fish}) CHECK(contains(text, last));
    // In bash each command has one line of options; in fish one entry for each.
    const std::size_t at =
        bash.find("    " + (name.find(' ') == std::string::npos ? name + ")" : "'" + name + "')"));
    REQUIRE(at != std::string::npos);
    const std::string line = bash.substr(at, bash.find(";;", at) - at);
    for (const Option& option : command->options()) {
      if (option.is_operand()) continue;
      const std::string bare(option.name.substr(2));
      CAPTURE(option.name);
      CHECK(contains(line, std::string(option.name)));
      CHECK(contains(zsh, std::string(option.name) + "["));
      CHECK(contains(fish, "-l " + bare));
      CHECK(contains(man, "Fl -" + bare));
      for (const std::string_view choice : option.choices) {
        for (const std::string& text : {bash, zsh, fish})
          CHECK(contains(text, std::string(choice)));
      }
    }
  }
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

TEST_CASE("policy test of a container that nobody knows says what else can be asked about") {
  const Scratch scratch;
  const Ran ran = run_with({"policy", "test", "web"}, empty_node(scratch));
  CHECK(ran.code == ExitCode::usage);
  CHECK(contains(ran.errors, "there is no container 'web' that Bulkhead started"));
  CHECK(contains(ran.errors, "name its bundle, the directory with its config.json"));
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

TEST_CASE("default prints a profile for the capabilities that are named") {
  const Ran none = run_with({"default", "--arch", "amd64"});
  CHECK(none.code == ExitCode::ok);
  CHECK_FALSE(contains(none.output, "\"includes\""));
  const Ran admin = run_with({"default", "--cap", "sys_module", "--arch", "amd64"});
  CHECK(contains(admin.output, "\"init_module\""));
  CHECK(contains(run_with({"default", "--format", "docker"}).output, "\"archMap\""));
}

TEST_CASE("a capability or an architecture that does not exist is a mistake") {
  CHECK(run_with({"default", "--cap", "NET_ADMI"}).errors ==
        "bulkhead: unknown capability 'NET_ADMI'; did you mean CAP_NET_ADMIN?\n");
  CHECK(run_with({"default", "--arch", "z80"}).code == ExitCode::usage);
  CHECK(run_with({"default", "--format", "docker", "--cap", "ALL"}).code == ExitCode::usage);
}

TEST_CASE("ps of a node without containers says so") {
  const Scratch scratch;
  const Ran ran = run_with({"ps"}, empty_node(scratch));
  CHECK(ran.code == ExitCode::ok);
  CHECK(ran.output == "no containers\n");
}

TEST_CASE("verify wants exactly one way to name processes") {
  CHECK(run_with({"verify"}).code == ExitCode::usage);
  CHECK(run_with({"verify", "--all", "--pid", "1"}).code == ExitCode::usage);
}

TEST_CASE("diff says by its exit code whether filters are equal, different or not to be compared") {
  CHECK(run_with({"diff", "runtime/default", "runtime/default"}).code == ExitCode::ok);
  CHECK(run_with({"diff", "runtime/default", "unconfined"}).code == ExitCode::different);
  CHECK(static_cast<int>(run_with({"diff", "/nonexistent", "unconfined"}).code) == 2);
}

TEST_CASE("--stricter-than accepts what is stricter and refuses what is not") {
  CHECK(run_with({"diff", "--stricter-than", "runtime/default", "unconfined"}).code ==
        ExitCode::ok);
  const Ran loose = run_with({"diff", "--stricter-than", "unconfined", "runtime/default"});
  CHECK(loose.code == ExitCode::different);
  CHECK(contains(loose.output, "A allows what B does not"));
}

TEST_CASE("explain answers a call with arguments by the rule that causes it") {
  const Ran ran = run_with({"explain", "runtime/default", "clone(CLONE_NEWUSER)", "read"});
  CHECK(ran.code == ExitCode::ok);
  CHECK(contains(ran.output, "clone(CLONE_NEWUSER) (since Linux 1.0)\n"));
  CHECK(contains(ran.output, "denied"));
  CHECK(contains(ran.output, "ERRNO(EPERM) (rule /syscalls/"));
  CHECK(contains(ran.output, "\nread (since Linux 1.0)\n"));
}

TEST_CASE("explain of a call that does not exist suggests the nearest") {
  CHECK(run_with({"explain", "runtime/default", "ptrac"}).errors ==
        "bulkhead: there is no system call 'ptrac'; did you mean ptrace?\n");
  CHECK(run_with({"explain", "runtime/default", "s390_sthyi"}).errors ==
        "bulkhead: no architecture that can be told about has the system call 's390_sthyi'; ask "
        "about calls of x86_64, x86, x32, aarch64 or arm\n");
  CHECK(run_with({"explain", "runtime/default", "clone(WHAT)"}).code == ExitCode::usage);
  CHECK(run_with({"explain", "runtime/default", "clone(1"}).code == ExitCode::usage);
}

TEST_CASE("the page for reviewers stands alone and escapes what it shows") {
  const Scratch scratch;
  const std::string file = scratch.write("<b>.json", R"({"defaultAction": "SCMP_ACT_ERRNO",
      "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]})");
  const Ran ran = run_with({"explain", "--html", file});
  CHECK(ran.code == ExitCode::ok);
  CHECK(ran.output.starts_with("<!doctype html>"));
  CHECK(contains(ran.output, "&lt;b&gt;.json"));
  CHECK_FALSE(contains(ran.output, "<b>.json"));
  for (const char* outside : {"http://", "https://", "<script", "<link", "url("}) {
    CHECK_FALSE(contains(ran.output, outside));
  }
}
