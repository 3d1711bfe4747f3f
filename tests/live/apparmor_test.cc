// What the kernel shows of a task under an AppArmor profile, and of one on a kernel without
// AppArmor.
#include <fcntl.h>
#include <sys/apparmor.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "kernel/apparmor/apparmor_facts.h"
#include "kernel/apparmor/apparmor_load.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/observe/apparmor_tasks.h"
#include "kernel/observe/observe.h"
#include "record/keeping/governing_profile.h"

namespace bulkhead::kernel {
namespace {

constexpr const char* kName = "bulkhead-live-test";

bool without_apparmor() {
  if (::geteuid() == 0 && ::aa_is_enabled() == 1) return false;
  std::puts("# SKIP needs root and a kernel with AppArmor: runs in the test node (make check-vm)");
  return true;
}

// A directory of profiles with one in it, and state of its own; the profile is out of the kernel
// at the end.
class Profile {
 public:
  Profile() {
    char path[] = "/tmp/bulkhead-live-XXXXXX";
    REQUIRE(::mkdtemp(path) != nullptr);
    directory_ = path;
    places_.roots = {directory_};
    places_.cache = directory_ + "/cache";
    places_.state = directory_ + "/state";
    say("deny /nothing r,");
  }
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  ~Profile() {
    std::ofstream("/sys/kernel/security/apparmor/.remove") << kName << std::flush;
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  void say(const std::string& rule) const {
    std::ofstream(file()) << "profile " << kName << " { file, signal, ptrace, " << rule << " }\n";
  }
  // All of its rules, in the language that knows of sockets.
  void define(const std::string& rules) const {
    std::ofstream(file()) << "abi <abi/3.0>,\nprofile " << kName << " { " << rules << " }\n";
  }
  [[nodiscard]] std::string file() const { return directory_ + "/profile"; }
  [[nodiscard]] const AppArmorPlaces& places() const { return places_; }

 private:
  std::string directory_;
  AppArmorPlaces places_;
};

// A child that goes under a profile and waits.
class Child {
 public:
  explicit Child(const char* profile) {
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      if (profile != nullptr && ::aa_change_profile(profile) != 0) ::_exit(1);
      if (::write(ready[1], "r", 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] policy::AppArmorLabel label() const {
    const auto observed = observe_running(pid_, {.apparmor = true});
    REQUIRE(observed);
    return observed->apparmor;
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("the label of a running task is observed with its mode, and no label as unconfined") {
  if (without_apparmor()) return;
  const Profile profile;
  REQUIRE(ensure_loaded(kName, profile.places()));
  const Child confined(kName);
  CHECK(confined.label() == policy::AppArmorLabel{.name = kName, .mode = "enforce"});
  CHECK(Child(nullptr).label() == policy::AppArmorLabel{.name = "unconfined", .mode = {}});
  CHECK(confined_processes().at(kName) == std::vector<pid_t>{confined.pid()});
}

TEST_CASE("a profile that is switched to complain changes the mode of a running task") {
  if (without_apparmor()) return;
  const Profile profile;
  REQUIRE(ensure_loaded(kName, profile.places()));
  const Child confined(kName);
  REQUIRE(reload_profile(kName, true, profile.places()));
  CHECK(confined.label() == policy::AppArmorLabel{.name = kName, .mode = "complain"});
  REQUIRE(reload_profile(kName, false, profile.places()));
  CHECK(confined.label().mode == "enforce");
}

TEST_CASE(
    "the digest of what is loaded tells a file that says something else, and the revision a "
    "change") {
  if (without_apparmor()) return;
  const Profile profile;
  const auto before = policy_revision(profile.places());
  REQUIRE(before);
  const auto ensured = ensure_loaded(kName, profile.places());
  REQUIRE(ensured);
  CHECK(ensured->front().loaded_now);
  CHECK(*policy_revision(profile.places()) > *before);
  const LoadedProfile loaded = ensured->front().loaded;
  CHECK_FALSE(loaded.digest.empty());
  CHECK(freshness_of(loaded, profile.places(), MayCompile::once).freshness == Freshness::same);
  profile.say("deny /something r,");
  CHECK(freshness_of(loaded, profile.places(), MayCompile::once).freshness == Freshness::stale);
  REQUIRE(load_file({.path = profile.file()}, profile.places()));
  const auto again = find_loaded(kName, profile.places());
  REQUIRE(again);
  CHECK(again->digest != loaded.digest);
  CHECK(freshness_of(*again, profile.places(), MayCompile::once).freshness == Freshness::same);
}

TEST_CASE("what a plain deny denies is known, of whatever a record holds") {
  if (without_apparmor()) return;
  using record::Access;
  using record::AccessKind;
  const Profile profile;
  profile.define(R"(file, network, capability, signal, ptrace, umount,
    deny capability chown, deny capability audit_read,
    deny network inet6 dgram, deny network unix stream,
    deny signal (send) set=(usr1) peer=bulkhead-live-test, deny signal set=(rtmin+3),
    deny ptrace (trace) peer=bulkhead-live-test,
    deny umount /secret/, deny /secret/** wl,)");
  REQUIRE(ensure_loaded(kName, profile.places()));
  const auto allows = [&](const Access& access) {
    const auto answer = record::governing_allows(kName, access, profile.places());
    INFO(name_of(access.kind) << ' ' << access.object << ' ' << access.detail);
    REQUIRE(answer);
    return *answer;
  };
  CHECK_FALSE(allows({.kind = AccessKind::capability, .object = "chown"}));
  CHECK_FALSE(allows({.kind = AccessKind::capability, .object = "audit_read"}));
  CHECK(allows({.kind = AccessKind::capability, .object = "net_bind_service"}));
  CHECK(allows({.kind = AccessKind::capability, .object = "wake_alarm"}));
  CHECK_FALSE(allows({.kind = AccessKind::network, .object = "inet6", .detail = "dgram"}));
  CHECK(allows({.kind = AccessKind::network, .object = "inet6", .detail = "stream"}));
  CHECK(allows({.kind = AccessKind::network, .object = "netlink", .detail = "raw"}));
  CHECK_FALSE(allows({.kind = AccessKind::unix_socket, .object = "stream"}));
  CHECK(allows({.kind = AccessKind::unix_socket, .object = "dgram"}));
  const auto signal = [](std::string name, std::string permission, std::string peer = {}) {
    return Access{AccessKind::signal, std::move(peer), std::move(name), std::move(permission)};
  };
  CHECK_FALSE(allows(signal("usr1", "send")));
  CHECK(allows(signal("usr1", "receive")));
  CHECK(allows(signal("usr1", "send", "another")));
  CHECK(allows(signal("term", "send")));
  CHECK_FALSE(allows(signal("rtmin+3", "send")));
  CHECK(allows(signal("rtmin+2", "send")));
  CHECK_FALSE(allows({.kind = AccessKind::ptrace, .permission = "trace"}));
  CHECK(allows({.kind = AccessKind::ptrace, .permission = "read"}));
  CHECK_FALSE(allows({.kind = AccessKind::mount, .object = "/secret/", .detail = "umount"}));
  CHECK(allows({.kind = AccessKind::mount, .object = "/other/", .detail = "umount"}));
  CHECK_FALSE(allows({.object = "/secret/a", .permission = "w"}));
  CHECK(allows({.object = "/secret/a", .permission = "r"}));
  CHECK_FALSE(allows({.kind = AccessKind::link, .object = "/secret/a", .detail = "/b"}));
  CHECK(allows({.kind = AccessKind::link, .object = "/b", .detail = "/c"}));
}

TEST_CASE("where the kernel has no AppArmor, nothing is said to be loaded") {
  if (::aa_is_enabled() == 1) return;
  const auto facts = probe_apparmor();
  REQUIRE(facts);
  CHECK_FALSE(facts->enabled);
  CHECK(facts->loaded.empty());
  const Profile profile;
  const auto ensured = ensure_loaded(kName, profile.places());
  REQUIRE_FALSE(ensured);
  CHECK(ensured.error().code == base::ErrorCode::unsupported);
  CHECK(ensured.error().sentence().find("AppArmor is not enabled in this kernel") !=
        std::string::npos);
}

}  // namespace bulkhead::kernel
