#include "kernel/probes/probe.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "kernel/apparmor/apparmor_facts.h"
#include "kernel/probes/child_output.h"
#include "kernel/probes/runtime_features.h"

namespace bulkhead::kernel {
namespace {

namespace fs = std::filesystem;
using oci_config::KernelVersion;
using oci_config::SeccompAction;
using policy::AppArmorMode;
using policy::LogFlag;
using policy::RuntimeFeatures;
using Strings = std::set<std::string>;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "bulkhead-probe-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] std::string string() const { return path_.string(); }

 private:
  fs::path path_;
};

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::trunc) << text;
}

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// ---- the kernel ---------------------------------------------------------------------------------

TEST_CASE("a kernel's release gives its version, whatever a distribution appends") {
  CHECK(parse_kernel_release("6.1.0-18-amd64") == KernelVersion{6, 1});
  CHECK(parse_kernel_release("4.19.0+") == KernelVersion{4, 19});
  CHECK(parse_kernel_release("5.10") == KernelVersion{5, 10});
  const auto none = parse_kernel_release("rolling");
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == base::ErrorCode::kernel);
  CHECK(none.error().message ==
        "the kernel's release 'rolling' does not begin with a version like 6.1");
  CHECK_FALSE(parse_kernel_release("6").has_value());
}

TEST_CASE("the running kernel says what it can do") {
  const auto facts = probe_kernel();
  REQUIRE(facts.has_value());
  CHECK(facts->kernel >= KernelVersion{4, 14});
  CHECK(facts->actions_available.contains(SeccompAction::return_errno));
  CHECK(facts->filter_flags.contains("SECCOMP_FILTER_FLAG_LOG"));
  std::ifstream file("/proc/sys/kernel/seccomp/actions_avail");
  const std::set<std::string> words{std::istream_iterator<std::string>(file), {}};
  CHECK(words.contains("errno"));
  CHECK(facts->actions_available.size() == words.size());
}

TEST_CASE("loaded AppArmor profiles are read with their modes") {
  const auto facts = parse_apparmor_profiles(
      "docker-default (enforce)\n"
      "k8s app (beta) (complain)\n"
      ":ns://inner (kill)\n"
      "open (unconfined)\n"
      "snap.x (prompt)\n");
  REQUIRE(facts.has_value());
  CHECK(facts->enabled);
  CHECK(facts->loaded ==
        std::map<std::string, AppArmorMode>{{"docker-default", AppArmorMode::enforce},
                                            {"k8s app (beta)", AppArmorMode::complain},
                                            {":ns://inner", AppArmorMode::kill},
                                            {"open", AppArmorMode::unconfined}});
}

TEST_CASE("a list of AppArmor profiles of another form is an error that shows the line") {
  for (const char* text : {"docker-default\n", "(enforce)\n", "a (enforce)\nb (enforce\n"}) {
    const auto facts = parse_apparmor_profiles(text);
    INFO(text);
    REQUIRE_FALSE(facts.has_value());
    CHECK(facts.error().code == base::ErrorCode::kernel);
    CHECK(facts.error().message.ends_with("not 'name (mode)'"));
  }
}

// ---- what a runtime says of itself --------------------------------------------------------------

TEST_CASE("a runtime's family is the first word of its version, if it is a known one") {
  CHECK(runtime_family("runc version 1.1.5\ncommit: x\n") == "runc");
  CHECK(runtime_family("crun version 1.8.1\n") == "crun");
  CHECK(runtime_family("youki version 0.3.0") == "youki");
  CHECK(runtime_family("kata-runtime : 3.2.0").empty());
  CHECK(runtime_family("").empty());
}

TEST_CASE("a runtime's version is the word behind its family's name and \"version\"") {
  CHECK(runtime_version("runc version 1.1.5+ds1\ncommit: x\n") == "1.1.5+ds1");
  CHECK(runtime_version("crun version 1.28\n") == "1.28");
  CHECK(runtime_version("crun 1.28\n").empty());
  CHECK(runtime_version("kata-runtime version 3.2.0").empty());
  CHECK(runtime_version("crun version").empty());
}

TEST_CASE("a runtime that lists no flags takes none") {
  const auto features = parse_features(
      R"({"ociVersionMin": "1.0.0", "linux": {"seccomp": {"enabled": true, "actions": []}}})");
  REQUIRE(features.has_value());
  CHECK(features->known);
  CHECK(features->seccomp_flags.empty());
}

TEST_CASE("supported flags count before known ones, and unsafe annotations are kept") {
  const auto features = parse_features(R"({"ociVersionMin": "1.0.0",
    "potentiallyUnsafeConfigAnnotations": ["bundle", "run.oci."],
    "linux": {"seccomp": {"knownFlags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
                          "supportedFlags": ["SECCOMP_FILTER_FLAG_LOG"]}}})");
  REQUIRE(features.has_value());
  CHECK(features->seccomp_flags == Strings{"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(features->unsafe_annotations == Strings{"bundle", "run.oci."});
  const auto known = parse_features(R"({"ociVersionMin": "1.0.0",
    "linux": {"seccomp": {"knownFlags": ["SECCOMP_FILTER_FLAG_TSYNC"]}}})");
  CHECK(known.value().seccomp_flags == Strings{"SECCOMP_FILTER_FLAG_TSYNC"});
}

TEST_CASE("what is no list of features is not taken for one") {
  CHECK_FALSE(parse_features("").has_value());
  CHECK_FALSE(parse_features("[]").has_value());
  CHECK_FALSE(parse_features(R"({"linux": {}})").has_value());
  CHECK_FALSE(parse_features(R"({"ociVersionMin": "1", "linux": {"seccomp": {"knownFlags": [1]}}})")
                  .has_value());
}

RuntimeFeatures of_family(RuntimeFeatures features, const char* family) {
  add_family(features, family);
  return features;
}

TEST_CASE("where no list names flags, crun is known to take some and runc to take none") {
  const Strings of_crun = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  CHECK(of_family({}, "crun").seccomp_flags == of_crun);
  CHECK(of_family({.known = true}, "crun").seccomp_flags == of_crun);  // 1.9 and later
  CHECK(of_family({}, "runc").seccomp_flags.empty());
  CHECK(of_family({}, "").seccomp_flags.empty());
  CHECK_FALSE(of_family({}, "crun").known);
  CHECK(of_family({.seccomp_flags = {"SECCOMP_FILTER_FLAG_TSYNC"}}, "crun").seccomp_flags ==
        Strings{"SECCOMP_FILTER_FLAG_TSYNC"});
}

TEST_CASE("a cache entry gives back what was kept, and only for the same key") {
  const RuntimeFeatures kept{.known = true,
                             .family = "runc",
                             .version = "1.4.3",
                             .seccomp_flags = {"SECCOMP_FILTER_FLAG_LOG"},
                             .log_flag = LogFlag::dropped,
                             .unsafe_annotations = {"a\"b", "c"}};
  const std::string entry = to_cache_entry({kept, "the library"}, "the key");
  const auto back = from_cache_entry(entry, "the key");
  REQUIRE(back.has_value());
  CHECK(back->features.asked);
  CHECK(back->features.known);
  CHECK(back->features.family == "runc");
  CHECK(back->features.version == "1.4.3");
  CHECK(back->features.seccomp_flags == kept.seccomp_flags);
  CHECK(back->features.log_flag == LogFlag::dropped);
  CHECK(back->features.unsafe_annotations == kept.unsafe_annotations);
  CHECK(back->library_key == "the library");
  CHECK_FALSE(from_cache_entry(entry, "another key").has_value());
  for (std::size_t length = 0; length + 2 < entry.size(); ++length) {
    INFO(length);
    CHECK_FALSE(from_cache_entry(entry.substr(0, length), "the key").has_value());
  }
}

// ---- asking it ----------------------------------------------------------------------------------

// A shell script in the place of a runtime; every call adds a line to `calls`.
class FakeRuntime {
 public:
  explicit FakeRuntime(const std::string& body) { become(body); }

  // mtime is moved on by a second each time: the file system's clock may be coarse.
  void become(const std::string& body) {
    write(path(), "#!/bin/sh\necho \"$1\" >>'" + (directory_ / "calls").string() + "'\n" + body);
    fs::permissions(path(), fs::perms::owner_all);
    fs::last_write_time(path(),
                        fs::file_time_type::clock::now() + std::chrono::seconds(++changes_));
  }
  [[nodiscard]] std::string path() const { return (directory_ / "runtime").string(); }
  [[nodiscard]] std::string calls() const { return read(directory_ / "calls"); }
  [[nodiscard]] fs::path cache() const { return directory_ / "cache"; }
  [[nodiscard]] fs::path entry() const {
    const fs::directory_iterator entries(cache() / "runtimes");
    REQUIRE(entries != fs::directory_iterator());
    return entries->path();
  }
  [[nodiscard]] RuntimeFeatures probed() const {
    auto features = probe_runtime(path(), cache().string());
    if (!features) FAIL(features.error().sentence());
    return *std::move(features);
  }

 private:
  TemporaryDirectory directory_;
  int changes_ = 0;
};

constexpr const char* kNewRunc = R"(
case $1 in
  --version) echo "runc version 1.2.0" ;;
  features) echo '{"ociVersionMin": "1.0.0",
    "linux": {"seccomp": {"supportedFlags": ["SECCOMP_FILTER_FLAG_LOG"]}}}' ;;
esac)";

constexpr const char* kOldCrun = R"(
case $1 in
  --version) echo "crun version 1.8.1" ;;
  *) echo "unknown command $1" >&2; exit 1 ;;
esac)";

TEST_CASE("a runtime is asked once, and again when it has changed") {
  FakeRuntime runtime(kNewRunc);
  CHECK(runtime.probed().seccomp_flags == Strings{"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(runtime.probed().family == "runc");
  CHECK(runtime.calls() == "--version\nfeatures\n");
  runtime.become(kOldCrun);
  const RuntimeFeatures changed = runtime.probed();
  CHECK_FALSE(changed.known);
  CHECK(changed.family == "crun");
  CHECK(changed.seccomp_flags.contains("SECCOMP_FILTER_FLAG_LOG"));
  CHECK(runtime.calls() == "--version\nfeatures\n--version\nfeatures\n");
}

TEST_CASE("what the kernel showed of a runtime is remembered until its file changes") {
  FakeRuntime runtime(kNewRunc);
  CHECK(runtime.probed().log_flag == LogFlag::unseen);
  remember_log_flag(runtime.path(), runtime.cache().string(), LogFlag::dropped, "");
  CHECK(runtime.probed().log_flag == LogFlag::dropped);
  CHECK(runtime.probed().family == "runc");
  remember_log_flag(runtime.path(), runtime.cache().string(), LogFlag::taken, "");
  CHECK(runtime.probed().log_flag == LogFlag::taken);
  CHECK(runtime.calls() == "--version\nfeatures\n");
  runtime.become(kOldCrun);
  CHECK(runtime.probed().log_flag == LogFlag::unseen);
}

TEST_CASE("what the kernel showed of a runtime is forgotten when its libseccomp changes") {
  const FakeRuntime runtime(kNewRunc);
  const TemporaryDirectory libraries;
  const fs::path library = libraries / "libseccomp.so.2.5.4";
  write(library, "one");
  (void)runtime.probed();
  remember_log_flag(runtime.path(), runtime.cache().string(), LogFlag::dropped, library.string());
  CHECK(runtime.probed().log_flag == LogFlag::dropped);
  write(library, "another");
  CHECK(runtime.probed().log_flag == LogFlag::unseen);
  CHECK(runtime.calls() == "--version\nfeatures\n");
  remember_log_flag(runtime.path(), runtime.cache().string(), LogFlag::taken, library.string());
  fs::remove(library);
  CHECK(runtime.probed().log_flag == LogFlag::unseen);
}

TEST_CASE("a runtime that was replaced by one of the same size is asked again") {
  FakeRuntime runtime(std::string(kNewRunc) + " # a");
  (void)runtime.probed();
  runtime.become(std::string(kNewRunc) + " # b");
  (void)runtime.probed();
  CHECK(runtime.calls() == "--version\nfeatures\n--version\nfeatures\n");
}

TEST_CASE("a runtime that is overwritten under its old time is asked again") {
  FakeRuntime runtime(std::string(kNewRunc) + " # a");
  (void)runtime.probed();
  const auto time = fs::last_write_time(runtime.path());
  runtime.become(std::string(kNewRunc) + " # b");
  fs::last_write_time(runtime.path(), time);
  (void)runtime.probed();
  CHECK(runtime.calls() == "--version\nfeatures\n--version\nfeatures\n");
}

TEST_CASE(
    "a cache entry that is damaged, or that others may write, is not believed but made anew") {
  const FakeRuntime runtime(kNewRunc);
  (void)runtime.probed();
  const std::string good = read(runtime.entry());
  write(runtime.entry(), "{}");
  CHECK(runtime.probed().known);
  CHECK(read(runtime.entry()) == good);
  std::string lie = good;
  lie.replace(lie.find("FLAG_LOG"), 8, "FLAG_LIE");
  write(runtime.entry(), lie);
  fs::permissions(runtime.entry(), fs::perms::others_write, fs::perm_options::add);
  CHECK(runtime.probed().seccomp_flags == Strings{"SECCOMP_FILTER_FLAG_LOG"});
  CHECK(read(runtime.entry()) == good);
}

TEST_CASE("a cache that cannot be written only makes the answer slower") {
  const FakeRuntime runtime(kNewRunc);
  write(runtime.cache(), "a file where the directory should be");
  CHECK(runtime.probed().known);
  CHECK(runtime.probed().known);
  CHECK(runtime.calls() == "--version\nfeatures\n--version\nfeatures\n");
}

TEST_CASE("a runtime that prints no features, or prints them and fails, is judged by its family") {
  const FakeRuntime noise("echo nonsense");
  CHECK_FALSE(noise.probed().known);
  CHECK(noise.probed().family.empty());
  CHECK(noise.probed().seccomp_flags.empty());
  const FakeRuntime failing(std::string(kNewRunc) + "\nexit 1");
  CHECK_FALSE(failing.probed().known);
  CHECK(failing.probed().family == "runc");
  CHECK(failing.probed().seccomp_flags.empty());
}

TEST_CASE("a runtime that is missing or cannot be executed is named") {
  const TemporaryDirectory directory;
  const std::string missing = (directory / "none").string();
  const auto not_there = probe_runtime(missing, directory.string());
  REQUIRE_FALSE(not_there.has_value());
  CHECK(not_there.error().code == base::ErrorCode::runtime);
  CHECK(not_there.error().message ==
        "cannot find the runtime '" + missing + "': No such file or directory");
  write(directory / "text", "no program");
  const auto not_executable = probe_runtime((directory / "text").string(), directory.string());
  REQUIRE_FALSE(not_executable.has_value());
  CHECK(not_executable.error().code == base::ErrorCode::runtime);
  CHECK(not_executable.error().message ==
        "cannot execute '" + (directory / "text").string() + "': Permission denied");
}

TEST_CASE("the runtimes of this machine answer") {
  const TemporaryDirectory cache;
  for (const char* path : {"/usr/bin/runc", "/usr/sbin/runc", "/usr/bin/crun"}) {
    if (::access(path, X_OK) != 0) continue;
    INFO(path);
    const auto features = probe_runtime(path, cache.string());
    REQUIRE(features.has_value());
    CHECK(std::string(path).ends_with(features->family));
    CHECK_FALSE(features->family.empty());
  }
}

// ---- running a program --------------------------------------------------------------------------

TEST_CASE("a program that hangs is killed at its deadline, with what it started") {
  const TemporaryDirectory directory;
  const std::string marker = (directory / "alive").string();
  const auto started = std::chrono::steady_clock::now();
  const auto output =
      child_output({"/bin/sh", "-c", "echo begun; (sleep 1; echo >'" + marker + "') & sleep 60"},
                   {.timeout_ms = 200});
  REQUIRE(output.has_value());
  CHECK(output->timed_out);
  CHECK_FALSE(output->succeeded);
  CHECK(output->standard_output == "begun\n");
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
  ::usleep(1'200'000);
  CHECK_FALSE(fs::exists(marker));
}

TEST_CASE("a program that closes its output and lives on is killed at its deadline too") {
  const auto output = child_output({"/bin/sh", "-c", "exec >&-; sleep 60"}, {.timeout_ms = 200});
  REQUIRE(output.has_value());
  CHECK(output->timed_out);
  CHECK_FALSE(output->succeeded);
}

TEST_CASE("output beyond the limit is dropped and said so, and the program is not blocked by it") {
  const auto output = child_output({"/bin/sh", "-c", "head -c 300000 /dev/zero; exit 0"},
                                   {.timeout_ms = 5000, .max_bytes = 1000});
  REQUIRE(output.has_value());
  CHECK(output->succeeded);
  CHECK(output->truncated);
  CHECK(output->standard_output.size() == 1000);
}

TEST_CASE("exit codes and signals are no success") {
  CHECK(child_output({"/bin/sh", "-c", "exit 0"}).value().succeeded);
  CHECK_FALSE(child_output({"/bin/sh", "-c", "exit 3"}).value().succeeded);
  CHECK_FALSE(child_output({"/bin/sh", "-c", "kill -9 $$"}).value().succeeded);
}

}  // namespace
}  // namespace bulkhead::kernel
