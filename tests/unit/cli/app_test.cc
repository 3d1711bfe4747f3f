#include "cli/frame/app.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "cli/frame/help.h"
#include "cli/frame/user_error.h"
#include "cli/screen/layout.h"
#include "oci-config/seccomp_profile.h"
#include "tests/unit/cli/command_run.h"

using namespace bulkhead;
using namespace bulkhead::cli;
using base::ExitCode;

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

TEST_CASE("each kind of failure has the exit code that the documents tell") {
  const std::string docs = read("docs/exit-codes.md");
  for (int number = 0; number <= static_cast<int>(base::ErrorCode::internal); ++number) {
    const auto code = static_cast<base::ErrorCode>(number);
    const std::string exit_code = std::to_string(static_cast<int>(base::exit_code_for(code)));
    CAPTURE(number, exit_code);
    CHECK(contains(docs, "| " + exit_code + " | `" + std::string(name_of(code)) + "` | "));
  }
}

TEST_CASE("every command takes --json") {
  for (const auto& command : all_commands()) {
    const auto options = command->all_options();
    CAPTURE(std::string(command->help().name));
    CHECK(std::ranges::count(options, "--json", &Option::name) == 1);
  }
  const Scratch scratch;
  CHECK(run_with({"uninstall", "docker", "--root", scratch.path, "--json"}).output ==
        "{\"exit_code\":0,\"lines\":[\"nothing to change: no configuration names Bulkhead\"]}\n");
  CHECK(run_with({"default", "--json"}).output == run_with({"default"}).output);
  const Ran init = run_with({"policy", "init", "--json"});
  CHECK(init.output.starts_with("{\n  \"version\": 1,"));
}

TEST_CASE("words behind -- are another command's, --json among them") {
  const Ran ran = run_with({"record", "run", "--nane", "web", "--", "podman", "ps", "--json"});
  CHECK(ran.code == ExitCode::usage);
  CHECK(ran.output.empty());
}

TEST_CASE("what is missing on the command line is named, with what it is") {
  CHECK(run_with({"check"}).errors ==
        "bulkhead: BUNDLE is missing: directory with config.json; write `bulkhead check [OPTIONS] "
        "BUNDLE`\n");
  CHECK(
      run_with({"check", ".", "--id"}).errors ==
      "bulkhead: --id is without its ID: container id (default: the bundle's directory name); see "
      "`bulkhead check --help`\n");
}

TEST_CASE("a wrong word behind a command that is a group as well is named") {
  CHECK(run_with({"record", "strat"}).errors ==
        "bulkhead: 'record' has no command 'strat'; did you mean `bulkhead record start`?\n");
  CHECK(run_with({"polcy"}).errors ==
        "bulkhead: unknown command 'polcy'; did you mean `bulkhead policy`?\n");
}

TEST_CASE("what the system refuses to another user than root takes root") {
  const base::Error refused{base::ErrorCode::io, "cannot open 'x': Permission denied", "weaken it"};
  CHECK(told_to_user(refused, false).remedy == "that takes root: run it with sudo");
  CHECK(told_to_user(refused, true).remedy == "weaken it");
  const base::Error other{base::ErrorCode::io, "cannot open 'x': No such file", "make it"};
  CHECK(told_to_user(other, false).remedy == "make it");
}

TEST_CASE("default knows every architecture that runtimes make filters for") {
  for (unsigned number = 0; number < oci_config::kSeccompArchCount; ++number) {
    const auto arch = static_cast<oci_config::SeccompArch>(number);
    const Ran ran = run_with({"default", "--arch", std::string(name_of(arch))});
    CAPTURE(ran.errors);
    CHECK(ran.code == ExitCode::ok);
    CHECK(contains(ran.output, '"' + std::string(name_of(arch)) + '"'));
  }
  const Ran ran = run_with({"default", "--arch", "loong64"});
  CHECK(ran.code == ExitCode::usage);
  CHECK(contains(ran.errors, "no runtime filters for it; known are x86_64, x86, "));
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
