// Times the load of a profile that is not in the kernel: by kernel::ensure_loaded() with what it
// compiles to in Bulkhead's cache, as hook and shim do it, and by a command in the same run.
//
//   load_profile ROUNDS NAME COMMAND…
//
// Prints "<ours> <theirs> <ours> <theirs>" in microseconds: the least of each, and the medians. An
// emulated machine that shares its processors is interrupted now and then for longer than a load
// takes, so the least is what the work takes; its clock of CPU time ticks every 4 ms, which is too
// coarse.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "kernel/apparmor/apparmor_load.h"

namespace {

using Clock = std::chrono::steady_clock;

void fail(const std::string& why) {
  std::fprintf(stderr, "load_profile: %s\n", why.c_str());
  std::exit(1);
}

void remove_profile(const std::string& name) {
  const int file = ::open("/sys/kernel/security/apparmor/.remove", O_WRONLY);
  if (file < 0) fail("cannot open .remove");
  (void)!::write(file, name.data(), name.size());  // it may not be there
  ::close(file);
}

void load_by_command(char** words) {
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawn(&pid, words[0], nullptr, nullptr, words, environ) != 0) fail("cannot execute");
  if (::waitpid(pid, &status, 0) != pid || status != 0) fail("the command failed");
}

void load_by_us(const std::string& name) {
  const auto ensured = bulkhead::kernel::ensure_loaded(name, {});
  if (!ensured) fail(ensured.error().sentence());
  if (!ensured->front().loaded_now || !ensured->front().from_cache) fail("not from the cache");
}

template <class Load>
long long time_of(const std::string& name, const Load& load) {
  remove_profile(name);
  const auto begin = Clock::now();
  load();
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) fail("usage: load_profile ROUNDS NAME COMMAND...");
  const std::string name = argv[2];
  std::vector<long long> ours;
  std::vector<long long> theirs;
  for (int round = std::atoi(argv[1]); round > 0; --round) {
    theirs.push_back(time_of(name, [&] { load_by_command(argv + 3); }));
    ours.push_back(time_of(name, [&] { load_by_us(name); }));
  }
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  std::printf("%lld %lld %lld %lld\n", ours.front(), theirs.front(), ours[ours.size() / 2],
              theirs[theirs.size() / 2]);
}
