#include "kernel/observe/observe.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "kernel/observe/observe_user.h"

namespace bulkhead::kernel {
namespace {

constexpr std::string_view kStatus =
    "Name:\tTracerPid:\t9\nTgid:\t42\nPid:\t42\nPPid:\t41\nTracerPid:\t7\n"
    "Uid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t4294967295\nGroups:\t10 4294967294 \n"
    "SigCgt:\t0000000000000400\nCapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:"
    "\t00000000a80425fa\n"
    "CapBnd:\t00000000a80425ff\nCapAmb:\t0000000000000001\n"
    "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n";

// A directory that stands for /proc, with the given files of process 42.
class ProcTree {
 public:
  ProcTree() {
    char path[] = "/tmp/bulkhead-proc-XXXXXX";
    root_ = ::mkdtemp(path);
    ::mkdir((root_ + "/42").c_str(), 0700);
  }
  ProcTree(const ProcTree&) = delete;
  ProcTree& operator=(const ProcTree&) = delete;
  ~ProcTree() {
    for (const char* name : {"/42/stat", "/42/status", "/42/cgroup"}) {
      ::unlink((root_ + name).c_str());
    }
    ::rmdir((root_ + "/42").c_str());
    ::rmdir(root_.c_str());
  }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(root_ + "/42/" + name) << text;
  }
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  std::string root_;
};

}  // namespace

TEST_CASE("the status of a task is read line by line, whatever its name is") {
  const auto status = parse_task_status(kStatus, "status");
  REQUIRE(status);
  CHECK(status->thread_group == 42);
  CHECK(status->parent == 41);
  CHECK(status->tracer == 7);
  CHECK(status->caught_signals == 0x400);
  CHECK(status->no_new_privileges);
  CHECK(status->seccomp_mode == 2);
  CHECK(status->capabilities.permitted == 0xa80425fb);
  CHECK(status->capabilities.effective == 0xa80425fa);
  CHECK(status->capabilities.bounding == 0xa80425ff);
  CHECK(status->capabilities.ambient == 1);
  CHECK(status->capabilities.inheritable == 0);
  CHECK(status->uids == policy::TaskIds{1, 2, 3, 4});
  CHECK(status->gids == policy::TaskIds{5, 6, 7, 4294967295});
  CHECK(status->groups == std::vector<std::uint32_t>{10, 4294967294});
}

TEST_CASE("a status without one of the lines is an error that names the line") {
  std::string text(kStatus);
  text.erase(text.find("NoNewPrivs"), 13);
  const auto status = parse_task_status(text, "status");
  REQUIRE_FALSE(status);
  CHECK(status.error().code == base::ErrorCode::kernel);
  CHECK(status.error().message == "'status' has no line 'NoNewPrivs'");
}

TEST_CASE("a status line that holds no number is an error") {
  std::string text(kStatus);
  text.replace(text.find("00000000a80425ff"), 4, "zzzz");
  const auto status = parse_task_status(text, "status");
  REQUIRE_FALSE(status);
  CHECK_THAT(status.error().message,
             Catch::Contains("line 'CapBnd' says 'zzzz0000a80425ff', which is no number"));
}

TEST_CASE("a status whose ids are not four numbers, or whose groups are none, is an error") {
  std::string text(kStatus);
  text.replace(text.find("\t4\nGid"), 2, "");
  CHECK(parse_task_status(text, "status").error().message ==
        "'status' has no line 'Uid' with four numbers");
  text = kStatus;
  text.replace(text.find("10 "), 2, "-1");
  CHECK(parse_task_status(text, "status").error().message ==
        "'status' has no line 'Groups' of numbers");
}

TEST_CASE("a task may have more groups than fit in a page of its status") {
  const ProcTree proc;
  std::string text(kStatus);
  std::string groups;
  for (int i = 0; i < 3000; ++i) groups += "100000 ";
  text.insert(text.find("10 "), groups);
  proc.write("status", text);
  const auto status = read_task_status(42, proc.root());
  REQUIRE(status);
  CHECK(status->groups.size() == 3002);
  CHECK(status->seccomp_mode == 2);
}

TEST_CASE("mappings of ids are read as the kernel writes them") {
  const auto mappings = parse_id_map("         0       1000          1\n  1 100000 65536\n", "m");
  REQUIRE(mappings);
  CHECK(*mappings == std::vector<oci_config::IdMapping>{{0, 1000, 1}, {1, 100000, 65536}});
  CHECK(parse_id_map("", "m")->empty());
  CHECK(parse_id_map("0 1\n", "m").error().message == "'m' has a line that is not three numbers");
}

TEST_CASE("an AppArmor label is a name and a mode") {
  CHECK(parse_apparmor_label("k8s-my-app (enforce)\n") ==
        policy::AppArmorLabel{"k8s-my-app", "enforce"});
  CHECK(parse_apparmor_label("a//&b (mixed)") == policy::AppArmorLabel{"a//&b", "mixed"});
  CHECK(parse_apparmor_label("with (paren) (complain)\n") ==
        policy::AppArmorLabel{"with (paren)", "complain"});
  CHECK(parse_apparmor_label("unconfined\n") == policy::AppArmorLabel{"unconfined", ""});
  CHECK(parse_apparmor_label("") == policy::AppArmorLabel{});
}

TEST_CASE("the start time is field 22, whatever the command is called") {
  const ProcTree proc;
  proc.write("stat",
             "42 (a) b ) c) S 1 42 42 0 -1 4194304 100 0 0 0 1 2 3 4 20 0 1 0 225586 1000 200\n");
  CHECK(read_start_time(42, proc.root()) == 225586U);
  proc.write("stat", "42 (short) S 1\n");
  CHECK_THAT(read_start_time(42, proc.root()).error().message,
             Catch::Contains("has no start time in field 22"));
  CHECK_THAT(read_start_time(43, proc.root()).error().message, Catch::Contains("cannot open"));
}

TEST_CASE("the cgroup is that of the unified hierarchy, else that of pids") {
  const ProcTree proc;
  proc.write("cgroup", "3:pids:/pods/x\n1:name=systemd:/init\n0::/kubepods/y\n");
  CHECK(read_cgroup(42, proc.root()) == "/kubepods/y");
  proc.write("cgroup", "3:pids:/pods/x\n1:name=systemd:/init\n0::/\n");
  CHECK(read_cgroup(42, proc.root()) == "/pods/x");
  proc.write("cgroup", "0::/\n");
  CHECK(read_cgroup(42, proc.root()) == "/");
  CHECK(read_cgroup(43, proc.root()).empty());
}

TEST_CASE("filters that a tracer is told of one by one come newest first") {
  const std::vector<policy::FilterProgram> oldest_first = {{{.code = 6}},
                                                           {{.code = 6}, {.code = 7}}};
  const auto ask = [&](long index, policy::FilterInstruction* into) -> long {
    if (index >= static_cast<long>(oldest_first.size())) return -ENOENT;
    const auto& program = oldest_first[static_cast<std::size_t>(index)];
    if (into != nullptr) std::ranges::copy(program, into);
    return static_cast<long>(program.size());
  };
  const auto filters = dump_filters(42, ask);
  REQUIRE(filters);
  REQUIRE(filters->size() == 2);
  CHECK(filters->front() == oldest_first.back());
}

TEST_CASE("a tracer that is told of no filter and one that is told nothing are not the same") {
  const auto none = dump_filters(42, [](long, auto*) -> long { return -EINVAL; });
  REQUIRE(none);
  CHECK(none->empty());
  const auto unknown = dump_filters(42, [](long, auto*) -> long { return -ESRCH; });
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message ==
        "cannot read the seccomp filters of 'process 42': No such process");
}

TEST_CASE("a process that does not exist cannot be observed") {
  const auto observed = observe_running(0x3fffff0, {});
  REQUIRE_FALSE(observed);
  CHECK(observed.error().message == "process 67108848 has ended");
}

}  // namespace bulkhead::kernel
