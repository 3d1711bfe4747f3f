#include "shim/command_line.h"

#include <catch2/catch.hpp>

namespace bulkhead::shim {
namespace {

CommandLine parse(std::vector<std::string> words) {
  words.insert(words.begin(), "bulkhead-runc");
  return parse_command_line(std::move(words));
}

TEST_CASE("containerd's create is understood, with its global options and bundle") {
  const auto line = parse({"--root", "/run/containerd/runc/k8s.io", "--log", "/b/log.json",
                           "--log-format", "json", "--systemd-cgroup", "create", "--bundle", "/b",
                           "--pid-file", "/b/init.pid", "--no-pivot", "c1"});
  CHECK(line.subcommand == Subcommand::create);
  CHECK(line.root == "/run/containerd/runc/k8s.io");
  CHECK(line.log == "/b/log.json");
  CHECK(line.log_format == "json");
  CHECK(line.bundle == "/b");
  CHECK(line.container_id == "c1");
}

TEST_CASE("conmon's create is understood") {
  const auto line = parse({"--systemd-cgroup", "--root=/run/crun", "create", "--bundle",
                           "/var/lib/b", "--pid-file", "/p", "--console-socket", "/s", "c2"});
  CHECK(line.subcommand == Subcommand::create);
  CHECK(line.root == "/run/crun");
  CHECK(line.bundle == "/var/lib/b");
  CHECK(line.container_id == "c2");
}

TEST_CASE("every spelling of the bundle option that a runtime accepts is found") {
  using Words = std::vector<std::string>;
  const auto words =
      GENERATE(Words{"create", "-b", "/x", "c"}, Words{"create", "-b=/x", "c"},
               Words{"create", "-b/x", "c"}, Words{"create", "--bundle=/x", "c"},
               Words{"create", "-bundle", "/x", "c"}, Words{"create", "--bun", "/x", "c"},
               Words{"create", "--b", "/x", "c"}, Words{"create", "-bundle=/x", "c"});
  const auto line = parse(words);
  CHECK(line.bundle == "/x");
  CHECK(line.container_id == "c");
}

TEST_CASE("a value that equals a subcommand is not the subcommand") {
  const auto line = parse({"--root", "create", "state", "c"});
  CHECK(line.subcommand == Subcommand::other);
  CHECK(line.root == "create");
  CHECK(parse({"--log", "exec", "kill", "run"}).subcommand == Subcommand::other);
}

TEST_CASE("behind an option that is not known, create is still found") {
  CHECK(parse({"--new-option", "value", "create", "c"}).subcommand == Subcommand::create);
  CHECK(parse({"--new-option=value", "run", "c"}).subcommand == Subcommand::run);
  CHECK(parse({"--new-option", "state", "create", "c"}).subcommand == Subcommand::create);
  CHECK(parse({"--new-option", "state", "c"}).subcommand == Subcommand::other);
  CHECK(parse({"--debug", "state", "create"}).subcommand == Subcommand::other);
}

TEST_CASE("an id that looks like a subcommand does not hide the real one") {
  CHECK(parse({"state", "create"}).subcommand == Subcommand::other);
  CHECK(parse({"create", "exec"}).subcommand == Subcommand::create);
  CHECK(parse({"create", "exec"}).container_id == "exec");
}

TEST_CASE("crun's --config names another configuration file") {
  CHECK(parse({"create", "--config", "other.json", "c"}).config_file == "other.json");
  CHECK(parse({"run", "-f", "other.json", "c"}).config_file == "other.json");
}

TEST_CASE("exec's process file, capabilities, profile and user are found where they stand") {
  const auto line =
      parse({"exec", "-tp", "/tmp/process.json", "--cap", "CAP_SYS_ADMIN", "-c=CAP_BPF",
             "--apparmor=unconfined", "--user", "1:2", "-d", "c", "--cap", "in-argv"});
  REQUIRE(line.process_file);
  CHECK(line.value(*line.process_file) == "/tmp/process.json");
  REQUIRE(line.capabilities.size() == 2);
  CHECK(line.value(line.capabilities[0]) == "CAP_SYS_ADMIN");
  CHECK(line.value(line.capabilities[1]) == "CAP_BPF");
  REQUIRE(line.apparmor);
  CHECK(line.value(*line.apparmor) == "unconfined");
  CHECK(line.user == "1:2");
  CHECK(line.container_id == "c");
}

TEST_CASE("no-new-privs is absent, true or false, as written") {
  CHECK_FALSE(parse({"exec", "c", "true"}).no_new_privs.has_value());
  CHECK(parse({"exec", "--no-new-privs", "c"}).no_new_privs == true);
  CHECK(parse({"exec", "--no-new-privs=false", "c"}).no_new_privs == false);
}

TEST_CASE("changing words keeps every other word") {
  auto line = parse({"exec", "--process=/a", "--apparmor", "x", "c", "sh"});
  replace_value(line, *line.process_file, "/proc/self/fd/64");
  insert_options(line, {"--no-new-privs"});
  replace_value(line, *line.apparmor, "strict");
  CHECK(line.words == std::vector<std::string>{"bulkhead-runc", "exec", "--no-new-privs",
                                               "--process=/proc/self/fd/64", "--apparmor", "strict",
                                               "c", "sh"});
}

TEST_CASE("an unknown option's value hides neither the bundle nor the container") {
  const auto bundle_behind = parse({"create", "--new", "value", "--bundle", "/b", "c1"});
  CHECK(bundle_behind.bundle == "/b");
  CHECK(bundle_behind.container_id == "c1");
  const auto letter = parse({"create", "-x", "value", "-b", "/b", "c1"});
  CHECK(letter.bundle == "/b");
  CHECK(letter.container_id == "c1");
  const auto two = parse({"run", "--new", "value", "--newer", "value", "--bundle=/b", "c1"});
  CHECK(two.bundle == "/b");
  CHECK(two.container_id == "c1");
  for (const auto& line : {bundle_behind, letter, two}) CHECK(line.unclear_option.empty());
}

TEST_CASE("an unknown option without a value is no obstacle") {
  for (const auto& line : {parse({"create", "--new", "--bundle", "/b", "c1"}),
                           parse({"create", "--bundle", "/b", "--new", "c1"}),
                           parse({"create", "--bundle", "/b", "--new=value", "c1"}),
                           parse({"create", "--bundle", "/b", "-dx", "c1"})}) {
    CHECK(line.bundle == "/b");
    CHECK(line.container_id == "c1");
    CHECK(line.unclear_option.empty());
  }
}

TEST_CASE("a bundle behind the container's id is read, as youki reads it") {
  const auto line = parse({"create", "c1", "--bundle", "/b"});
  CHECK(line.bundle == "/b");
  CHECK(line.container_id == "c1");
  CHECK(parse({"create", "--", "c1", "--bundle", "/b"}).bundle.empty());
}

TEST_CASE("an unknown option on which it depends what is started is named") {
  CHECK(parse({"create", "--new", "--bundle", "/b"}).unclear_option == "--new");
  CHECK(parse({"create", "--new", "one", "--newer", "two"}).unclear_option == "--new");
  CHECK(parse({"create", "-xb", "/b"}).unclear_option == "-xb");
  CHECK(parse({"exec", "--new", "c1", "sh"}).unclear_option == "--new");
  CHECK(parse({"exec", "--new", "value", "--process", "/p", "c1"}).unclear_option == "--new");
  CHECK(parse({"exec", "--new", "--process", "/p", "c1"}).unclear_option.empty());
  CHECK(parse({"exec", "c1", "sh", "--new", "word"}).unclear_option.empty());
  CHECK(parse({"--new", "value", "create", "--bundle", "/b"}).unclear_option.empty());
  CHECK(parse({"create", "--help"}).unclear_option.empty());
}

TEST_CASE("words that end too early do no harm") {
  CHECK(parse({"create", "--bundle"}).bundle.empty());
  CHECK(parse({"exec", "-p"}).process_file.has_value() == false);
  CHECK(parse({}).subcommand == Subcommand::other);
  CHECK(parse({"--", "create"}).subcommand == Subcommand::create);
}

}  // namespace
}  // namespace bulkhead::shim
