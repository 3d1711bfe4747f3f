#include "shim/command_line.h"

#include <catch2/catch.hpp>

namespace bulkhead::shim {
namespace {

using Words = std::vector<std::string>;

constexpr Family kFamilies[] = {Family::other, Family::runc, Family::crun, Family::youki};

CommandLine parse(Words words, Family family = Family::other) {
  words.insert(words.begin(), "bulkhead-shim");
  return parse_command_line(std::move(words), family, "/here");
}

// The words for the runtime, without its name.
Words rewritten(Words words, Family family = Family::other) {
  Words result = handed_over(parse(std::move(words), family));
  result.erase(result.begin());
  return result;
}

std::string doubt_of(Words words, Family family = Family::other) {
  const auto line = parse(std::move(words), family);
  return line.doubt ? line.doubt->sentence() : "";
}

// ---- what engines write
// ----------------------------------------------------------------------------

TEST_CASE("containerd's create is understood, with its global options and bundle") {
  for (const Family family : kFamilies) {
    const auto line = parse({"--root", "/run/containerd/runc/k8s.io", "--log", "/b/log.json",
                             "--log-format", "json", "--systemd-cgroup", "create", "--bundle", "/b",
                             "--pid-file", "/b/init.pid", "--no-pivot", "c1"},
                            family);
    CHECK_FALSE(line.doubt);
    CHECK(line.subcommand == Subcommand::create);
    CHECK(line.root == "/run/containerd/runc/k8s.io");
    CHECK(line.log == "/b/log.json");
    CHECK(line.log_format == "json");
    CHECK(line.bundle == "/b");
    CHECK(line.container_id == "c1");
  }
}

TEST_CASE("conmon's create is handed over with one word an option, the id behind them") {
  CHECK(rewritten({"--systemd-cgroup", "--root=/run/crun", "create", "--bundle", "/var/lib/b",
                   "--pid-file", "/p", "--console-socket", "/s", "c2"},
                  Family::crun) == Words{"--systemd-cgroup", "--root=/run/crun", "create",
                                         "--bundle=/var/lib/b", "--pid-file=/p",
                                         "--console-socket=/s", "c2"});
}

TEST_CASE("every spelling of the bundle option that a family accepts is found") {
  for (const auto& [family, words] : std::initializer_list<std::pair<Family, Words>>{
           {Family::other, {"create", "-b", "/x", "c"}},
           {Family::other, {"create", "--bundle=/x", "c"}},
           {Family::runc, {"create", "-b", "/x", "c"}},
           {Family::runc, {"create", "-b=/x", "c"}},
           {Family::runc, {"create", "--b=/x", "c"}},
           {Family::runc, {"create", "-bundle", "/x", "c"}},
           {Family::runc, {"create", "-bundle=/x", "c"}},
           {Family::other, {"create", "c", "--bundle", "/x"}},
           {Family::crun, {"create", "-b/x", "c"}},
           {Family::crun, {"run", "-db/x", "c"}},
           {Family::youki, {"create", "-b/x", "c"}},
           {Family::youki, {"create", "-b=/x", "c"}},
           {Family::youki, {"create", "c", "-b", "/x"}}}) {
    const auto line = parse(words, family);
    CHECK_FALSE(line.doubt);
    CHECK(line.bundle == "/x");
    CHECK(line.container_id == "c");
  }
}

TEST_CASE("crun takes the '=' behind a letter for a part of the value") {
  CHECK(parse({"create", "-b=A", "c"}, Family::crun).bundle == "/here/=A");
}

TEST_CASE("crun's -bundle is its letter b with the value 'undle'") {
  const auto line = parse({"create", "-bundle", "c"}, Family::crun);
  CHECK(line.bundle == "/here/undle");
  CHECK(line.container_id == "c");
}

TEST_CASE("a value that equals a subcommand is not the subcommand") {
  const auto line = parse({"--root", "create", "state", "c"});
  CHECK(line.subcommand == Subcommand::other);
  CHECK_FALSE(line.doubt);
  CHECK(parse({"--log", "exec", "kill", "run"}).subcommand == Subcommand::other);
  CHECK(parse({"--log", "exec", "run", "kill"}).subcommand == Subcommand::run);
}

TEST_CASE("an id that looks like a subcommand does not hide the real one") {
  CHECK(parse({"state", "create"}).subcommand == Subcommand::other);
  CHECK(parse({"create", "exec"}).subcommand == Subcommand::create);
  CHECK(parse({"create", "exec"}).container_id == "exec");
}

TEST_CASE("words among which no subcommand starts anything are passed on unread") {
  CHECK_FALSE(may_start_something({"shim", "--new", "kill", "c"}));
  CHECK_FALSE(may_start_something({"create"}));  // the program's own name
  CHECK(may_start_something({"shim", "--new", "value", "create", "c"}));
  CHECK_FALSE(may_start_something({}));
}

// ---- where a path starts
// ---------------------------------------------------------------------------

TEST_CASE("without a bundle the caller's directory is named") {
  CHECK(rewritten({"run", "c"}, Family::runc) == Words{"run", "--bundle=/here", "c"});
  CHECK(parse({"restore", "c"}, Family::crun).bundle == "/here");
}

TEST_CASE("crun's config file starts at the caller's directory, whatever the bundle is") {
  const auto line = parse({"run", "-b", "/bundle", "-f", "other.json", "c"}, Family::crun);
  CHECK(line.config_file == "/here/other.json");
  CHECK(rewritten({"run", "-b", "/bundle", "-f", "other.json", "c"}, Family::crun) ==
        Words{"run", "--bundle=/bundle", "--config=/here/other.json", "c"});
}

TEST_CASE("crun's config file 'config.json' is the bundle's") {
  const auto line = parse({"run", "-b", "/bundle", "--config", "config.json", "c"}, Family::crun);
  CHECK(line.config_file.empty());
  CHECK(rewritten({"run", "-b", "/bundle", "--config", "config.json", "c"}, Family::crun) ==
        Words{"run", "--bundle=/bundle", "c"});
  CHECK(parse({"run", "-f", "./config.json", "c"}, Family::crun).config_file ==
        "/here/./config.json");
}

TEST_CASE("crun changes into the bundle before it opens anything else") {
  CHECK(rewritten({"--root=state", "--log", "file:log", "run", "-b", "B", "--pid-file=pid", "c"},
                  Family::crun) == Words{"--root=/here/B/state", "--log=file:/here/B/log", "run",
                                         "--bundle=/here/B", "--pid-file=/here/B/pid", "c"});
  CHECK(rewritten({"--root=state", "run", "c"}, Family::crun) ==
        Words{"--root=/here/state", "run", "--bundle=/here", "c"});
  CHECK(rewritten({"--root=state", "exec", "c", "sh"}, Family::crun) ==
        Words{"--root=/here/state", "exec", "c", "sh"});
}

TEST_CASE("runc resolves all but sockets before it changes into the bundle") {
  CHECK(rewritten({"--root=state", "--log=log", "run", "-b", "B", "--pid-file=pid",
                   "--console-socket=s", "c"},
                  Family::runc) == Words{"--root=/here/state", "--log=/here/log", "run",
                                         "--bundle=/here/B", "--pid-file=/here/pid",
                                         "--console-socket=/here/B/s", "c"});
}

TEST_CASE("crun's log may be no file") {
  CHECK(parse({"--log=file:l", "run", "c"}, Family::runc).log == "/here/file:l");
  CHECK(rewritten({"--log", "journald:x", "run", "c"}, Family::crun)[0] == "--log=journald:x");
}

// ---- exec
// --------------------------------------------------------------------------------------------

TEST_CASE("exec's process file, capabilities, profile and user are found where they stand") {
  const auto line = parse({"exec", "-p", "process.json", "--cap", "CAP_SYS_ADMIN", "-c", "CAP_BPF",
                           "--apparmor=unconfined", "--user", "1:2", "-d", "c", "--cap", "in-argv"},
                          Family::runc);
  CHECK(line.process_file == "/here/process.json");
  CHECK(line.capabilities == Words{"CAP_SYS_ADMIN", "CAP_BPF"});
  CHECK(line.apparmor == "unconfined");
  CHECK(line.user == "1:2");
  CHECK(line.container_id == "c");
  CHECK(line.operands == Words{"c", "--cap", "in-argv"});
}

TEST_CASE("crun's -t takes what is glued to it for a value") {
  CHECK_FALSE(parse({"exec", "-tp/x", "c", "sh"}, Family::crun).process_file);
  CHECK(rewritten({"exec", "-tp/x", "c", "sh"}, Family::crun) == Words{"exec", "--tty", "c", "sh"});
  CHECK(rewritten({"exec", "-tfalse", "c", "sh"}, Family::crun) == Words{"exec", "c", "sh"});
  CHECK(rewritten({"exec", "--tty=no", "c", "sh"}, Family::crun) == Words{"exec", "c", "sh"});
  CHECK(parse({"exec", "-tp", "/x", "c"}, Family::youki).process_file == "/x");
}

TEST_CASE("youki reads options also between the container's id and the program") {
  const auto line = parse({"exec", "c", "--user", "0", "sh", "-c", "true"}, Family::youki);
  CHECK(line.user == "0");
  CHECK(handed_over(line) ==
        Words{"bulkhead-shim", "exec", "--user=0", "--", "c", "sh", "-c", "true"});
  CHECK(doubt_of({"exec", "c", "--user", "0", "sh"})
            .starts_with("the option '--user' of exec stands behind the container's id"));
  CHECK(rewritten({"exec", "c", "--user", "0", "sh"}, Family::runc) ==
        Words{"exec", "c", "--user", "0", "sh"});
}

TEST_CASE("of several --no-new-privs the last one counts for runc") {
  CHECK_FALSE(parse({"exec", "c", "true"}, Family::runc).no_new_privs.has_value());
  CHECK(parse({"exec", "--no-new-privs", "c"}, Family::runc).no_new_privs == true);
  CHECK(parse({"exec", "--no-new-privs", "--no-new-privs=false", "c"}, Family::runc).no_new_privs ==
        false);
  CHECK(
      doubt_of({"exec", "--no-new-privs=false", "c"}, Family::crun) ==
      "the option '--no-new-privs=false' of exec takes no such value; write --no-new-privs alone");
}

TEST_CASE("no_new_privs that is set holds, whatever was asked") {
  auto line = parse({"exec", "--no-new-privs", "--no-new-privs=0", "-d", "c", "sh"}, Family::runc);
  set_no_new_privs(line);
  CHECK(handed_over(line) ==
        Words{"bulkhead-shim", "exec", "--detach", "--no-new-privs", "c", "sh"});
}

TEST_CASE("what the plan changes stands once in what is handed over") {
  auto line = parse({"exec", "--process=/a", "--apparmor", "x", "c", "sh"}, Family::crun);
  set_process_file(line, "/run/bulkhead/exec/1-2");
  set_apparmor(line, "strict");
  CHECK(handed_over(line) == Words{"bulkhead-shim", "exec", "--process=/run/bulkhead/exec/1-2",
                                   "--apparmor=strict", "c", "sh"});
}

TEST_CASE("environment variables keep their order, and each of them stays") {
  CHECK(rewritten({"exec", "-e", "A=1", "--env", "A=2", "--env=B=", "c", "sh"}, Family::crun) ==
        Words{"exec", "--env=A=1", "--env=A=2", "--env=B=", "c", "sh"});
}

// ---- doubts
// --------------------------------------------------------------------------------------------

TEST_CASE("an option that is not known is refused by its name") {
  for (const Family family : kFamilies) {
    CHECK(doubt_of({"create", "--new", "value", "--bundle", "/b", "c"}, family)
              .starts_with("the option '--new' of create is not known to Bulkhead"));
    CHECK(doubt_of({"exec", "--new=value", "c", "sh"}, family)
              .starts_with("the option '--new' of exec is not known to Bulkhead"));
    CHECK(doubt_of({"--new", "create", "run", "c"}, family)
              .starts_with("the option '--new' is not known to Bulkhead"));
  }
  CHECK(doubt_of({"create", "c", "--new"}, Family::youki).find("'--new'") != std::string::npos);
  CHECK(doubt_of({"exec", "c", "sh", "--new"}, Family::runc).empty());
}

TEST_CASE("an option behind the id is refused where only some versions would read it") {
  for (const Family family : {Family::runc, Family::crun}) {
    CHECK(doubt_of({"create", "c", "--bundle", "/b"}, family) ==
          "the option '--bundle' of create stands behind the container's id; write options in "
          "front of the id");
  }
}

TEST_CASE("an option of another family or subcommand is not known") {
  CHECK_FALSE(doubt_of({"create", "--config", "f", "c"}, Family::runc).empty());
  CHECK_FALSE(doubt_of({"create", "--pidfd-socket", "s", "c"}, Family::crun).empty());
  CHECK_FALSE(doubt_of({"create", "--detach", "c"}, Family::runc).empty());
  CHECK_FALSE(doubt_of({"--bundle", "/b", "create", "c"}, Family::runc).empty());
}

TEST_CASE("an abbreviated option is refused with its full name") {
  CHECK(doubt_of({"create", "--bun", "/x", "c"}, Family::crun) ==
        "the option '--bun' of create is abbreviated; write --bundle");
  CHECK(doubt_of({"exec", "--pid=/x", "c"}, Family::crun) ==
        "the option '--pid' of exec is abbreviated; write --pid-file");
}

TEST_CASE("options that argp hides are refused, and what they would swallow with them") {
  CHECK_FALSE(
      doubt_of({"run", "--program-name", "--bundle", "/good", "-b", "/bad", "c"}, Family::crun)
          .empty());
}

TEST_CASE("a value that begins with a dash stands behind '='") {
  for (const Family family : kFamilies) {
    CHECK(doubt_of({"run", "--pid-file", "--bundle", "/b", "c"}, family) ==
          "the option '--pid-file' of run may or may not have the value '--bundle'; write "
          "--pid-file=VALUE");
    CHECK(parse({"run", "--bundle=-b", "c"}, family).bundle == "/here/-b");
  }
}

TEST_CASE("an option that is given twice has one value or none") {
  CHECK(doubt_of({"run", "-b", "/a", "--bundle=/b", "c"}, Family::crun) ==
        "the option '--bundle' of run is given twice, with two values; give it once");
  CHECK(rewritten({"run", "-b", "/a", "--bundle=/a", "c"}, Family::crun) ==
        Words{"run", "--bundle=/a", "c"});
}

TEST_CASE("numbers that two languages read as two numbers are refused") {
  CHECK_FALSE(doubt_of({"run", "--preserve-fds=010", "c"}, Family::runc).empty());
  CHECK_FALSE(doubt_of({"run", "--preserve-fds=0x3", "c"}, Family::runc).empty());
  CHECK(parse({"run", "--preserve-fds=3", "c"}, Family::runc).preserve_fds == 3);
  // runc keeps the low 32 bits: root.
  CHECK(doubt_of({"exec", "--user", "4294967296", "c", "sh"}, Family::runc) ==
        "the option '--user' of exec has the value '4294967296', which is not UID or UID:GID; "
        "write plain decimal numbers below 4294967295");
  for (const char* user : {"-1", "", ":0", "1:", "1:x", "root", "+0", "0 ", "00"}) {
    CHECK_FALSE(doubt_of({"exec", std::string("--user=") + user, "c", "sh"}, Family::crun).empty());
  }
}

TEST_CASE("a capability has its exact name") {
  CHECK(doubt_of({"exec", "--cap=cap_sys_admin", "c", "sh"}, Family::crun) ==
        "the option '--cap' of exec has the value 'cap_sys_admin', which some runtimes take for "
        "CAP_SYS_ADMIN and others ignore; write CAP_SYS_ADMIN");
  for (const char* name : {"21", "0x15", "CAP_SYS_ADMIN-", "CAP_NEW", ""}) {
    CHECK_FALSE(doubt_of({"exec", std::string("--cap=") + name, "c", "sh"}, Family::crun).empty());
  }
}

TEST_CASE("a path that is named and empty is refused") {
  for (const char* option : {"--bundle=", "--config="}) {
    CHECK_FALSE(doubt_of({"run", option, "c"}, Family::crun).empty());
  }
  CHECK_FALSE(doubt_of({"exec", "--process=", "c", "sh"}, Family::runc).empty());
  CHECK_FALSE(doubt_of({"--root=", "run", "c"}, Family::runc).empty());
}

TEST_CASE("of a doubtful line the engine's log is known all the same") {
  CHECK(parse({"--log", "/l", "--log-format=json", "create", "--new", "c"}).log == "/l");
}

// ---- help
// ----------------------------------------------------------------------------------------------

TEST_CASE("who asks for help starts nothing") {
  for (const Words& words :
       {Words{"create", "-h"}, Words{"--help", "create", "c"}, Words{"create", "--help", "c"},
        Words{"exec", "-h"}, Words{"--version", "run"}}) {
    CHECK(parse(words, Family::runc).asks_for_help);
    CHECK(parse(words).asks_for_help);
  }
  CHECK(parse({"exec", "-?"}, Family::crun).asks_for_help);
  CHECK_FALSE(parse({"exec", "c", "--help"}, Family::runc).asks_for_help);
  CHECK_FALSE(parse({"create", "--bundle=--help", "c"}, Family::runc).asks_for_help);
}

// ---- what cannot be reached
// --------------------------------------------------------------------------

TEST_CASE("an id that begins with a dash stays one") {
  CHECK(rewritten({"create", "--", "-x"}, Family::runc) ==
        Words{"create", "--bundle=/here", "--", "-x"});
  CHECK(rewritten({"exec", "--", "-x", "sh"}, Family::crun) == Words{"exec", "--", "-x", "sh"});
}

TEST_CASE("two dashes behind the id end the options, and are no operand") {
  for (const Family family : {Family::runc, Family::crun}) {
    CHECK(rewritten({"run", "c", "--"}, family) == Words{"run", "--bundle=/here", "c"});
  }
}

TEST_CASE("words that end too early do no harm") {
  CHECK_FALSE(doubt_of({"create", "--bundle"}).empty());
  CHECK_FALSE(doubt_of({"exec", "-p"}).empty());
  CHECK(parse({}).subcommand == Subcommand::other);
  CHECK(parse({"--", "create"}).subcommand == Subcommand::create);
  CHECK(parse({"create"}).container_id.empty());
}

TEST_CASE("where the caller's directory is gone, relative paths stay relative") {
  const auto line = parse_command_line({"shim", "exec", "-p", "x", "c"}, Family::runc, "");
  CHECK(line.process_file == "x");
}

}  // namespace
}  // namespace bulkhead::shim
