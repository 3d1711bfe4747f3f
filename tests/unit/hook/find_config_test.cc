#include "hook/find_config.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace bulkhead::hook {
namespace {

namespace fs = std::filesystem;
using base::cat;
using Catch::Contains;

constexpr pid_t kRuntime = 10;

// A bundle, and a /proc in which the runtime 10 started the container's init 11.
class Machine {
 public:
  Machine() {
    char name[] = "/tmp/bulkhead-hook-XXXXXX";
    root_ = ::mkdtemp(name);
    fs::create_directories(root_ + "/bundle");
    std::ofstream(bundle() + "/config.json") << "{}";
    start_init_below(kRuntime);
  }
  ~Machine() { fs::remove_all(root_); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] std::string bundle() const { return root_ + "/bundle"; }

  void start_init_below(pid_t parent) const {
    write("11/status", cat("Name:\tcrun\nTgid:\t11\nPPid:\t", parent,
                           "\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n"
                           "SigCgt:\t0\nCapInh:\t0\nCapPrm:\t0\nCapEff:\t0\nCapBnd:\t0\n"
                           "CapAmb:\t0\nNoNewPrivs:\t0\nSeccomp:\t0\n"));
  }

  // The bundle that is found for a runtime with these words, or why there is none.
  [[nodiscard]] std::string found(const std::vector<std::string>& words,
                                  const std::string& bundle = "/nowhere") const {
    std::string cmdline;
    for (const std::string& word : words) cmdline += word + '\0';
    write("10/cmdline", cmdline);
    const auto config = find_config({.id = "c1", .status = "created", .bundle = bundle, .pid = 11},
                                    kRuntime, root_);
    return config ? config->bundle : config.error().sentence();
  }

 private:
  void write(const std::string& name, std::string_view text) const {
    const std::string path = root_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }

  std::string root_;
};

}  // namespace

TEST_CASE("the state's bundle is the container's where it holds a config.json") {
  const Machine machine;
  CHECK(machine.found({"crun", "create", "--bundle=/other", "c1"}, machine.bundle()) ==
        machine.bundle());
}

TEST_CASE("a state with a bundle that is none is read by the runtime's command line") {
  const Machine machine;
  const std::string& bundle = machine.bundle();
  CHECK(machine.found({"crun", "create", "--bundle", bundle, "--pid-file", "/p", "c1"}) == bundle);
  CHECK(machine.found({"crun", "create", "--bundle=" + bundle, "c1"}) == bundle);
  CHECK(machine.found({"crun", "--root", "/r", "run", "-b", bundle, "c1"}) == bundle);
  CHECK(machine.found({"crun", "run", "-b" + bundle, "c1"}) == bundle);
}

TEST_CASE("what the runtime's command line does not tell in one way is refused") {
  const Machine machine;
  const std::string& bundle = machine.bundle();
  CHECK_THAT(machine.found({"crun", "run", "c1"}), Contains("command line names none"));
  CHECK_THAT(machine.found({"crun", "run", "-b", "bundle", "c1"}), Contains("by an absolute path"));
  CHECK_THAT(machine.found({"crun", "run", "--bun", bundle, "c1"}), Contains("by an absolute"));
  CHECK_THAT(machine.found({"crun", "run", "-b", bundle, "--bundle=/other", "c1"}),
             Contains("names several"));
  for (const char* option : {"-f", "-f/other.json", "--config", "--config=/other.json", "--conf"}) {
    CHECK_THAT(machine.found({"crun", "run", "-b", bundle, option, "/other.json", "c1"}),
               Contains("was told another file"));
  }
  CHECK_THAT(machine.found({"crun", "run", "-b", bundle, "c2"}), Contains("another container"));
  CHECK_THAT(machine.found({"crun", "run", "c1"}), Contains("names the bundle '/nowhere'") &&
                                                       Contains("crun issue 2025") &&
                                                       Contains("start it through bulkhead-shim"));
}

TEST_CASE("only the process that started the container is asked") {
  const Machine machine;
  machine.start_init_below(1);
  CHECK_THAT(machine.found({"crun", "run", "-b", machine.bundle(), "c1"}),
             Contains("did not start the container"));
}

}  // namespace bulkhead::hook
