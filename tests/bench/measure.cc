#include "measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <utility>

namespace bulkhead::bench {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kNanosecondsPerMicrosecond = 1e3;

[[noreturn]] void give_up(const Command& command, const std::string& why) {
  std::string words;
  for (const std::string& word : command.words) words += " " + word;
  std::fprintf(stderr, "bench: %s:%s\n", why.c_str(), words.c_str());
  std::exit(1);
}

// posix_spawn is vfork-like: the cost of copying our page tables is not in the measurement.
pid_t spawn(const Command& command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const char* const output = command.output.empty() ? "/dev/null" : command.output.c_str();
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC,
                                   S_IRUSR | S_IWUSR);
  if (command.fails) {
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  if (!command.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  }
  std::vector<char*> argv;
  for (const std::string& word : command.words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) give_up(command, "cannot be run");
  return pid;
}

double timed_ns(const Lane& lane, Clock clock) {
  const double begin = clock == Clock::wall ? wall_ns() : descendants_cpu_ns();
  lane.timed();
  if (clock == Clock::wall) return wall_ns() - begin;
  reap_all();
  return descendants_cpu_ns() - begin;
}

}  // namespace

void run(const Command& command) {
  const pid_t pid = spawn(command);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) give_up(command, "cannot be waited for");
  }
  const bool succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (succeeded == command.fails) {
    give_up(command, "ended with status " + std::to_string(status));
  }
}

double wall_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * kNanosecondsPerSecond + static_cast<double>(now.tv_nsec);
}

double descendants_cpu_ns() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  const auto micros = static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  return seconds * kNanosecondsPerSecond + micros * kNanosecondsPerMicrosecond;
}

void become_subreaper() { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

void reap_all() {
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

long reap_all_for_peak(const std::string& name) {
  long peak = 0;
  siginfo_t ended{};
  // A process that has ended keeps its name until it is waited for.
  while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT) == 0 || errno == EINTR) {
    std::string comm;
    std::getline(std::ifstream("/proc/" + std::to_string(ended.si_pid) + "/comm"), comm);
    rusage usage{};
    wait4(ended.si_pid, nullptr, 0, &usage);
    if (comm == name) peak = usage.ru_maxrss;
  }
  return peak;
}

double quantile(std::vector<double> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  const auto place = values.begin() + std::min(at, std::ssize(values) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

std::vector<std::vector<double>> samples_of(const std::vector<Lane>& lanes, Clock clock,
                                            const Rounds& rounds) {
  std::vector<std::vector<double>> samples(lanes.size());
  for (int round = 0; round < rounds.warm_up + rounds.counted; ++round) {
    for (std::size_t step = 0; step < lanes.size(); ++step) {
      // Every other round backwards: no lane always follows the same one.
      const std::size_t index = round % 2 == 0 ? step : lanes.size() - 1 - step;
      if (lanes[index].prepare) lanes[index].prepare();
      const double sample = timed_ns(lanes[index], clock);
      if (round >= rounds.warm_up) samples[index].push_back(sample);
    }
  }
  return samples;
}

std::vector<double> interleave(const std::vector<Lane>& lanes, Clock clock, const Rounds& rounds) {
  std::vector<double> medians;
  for (const auto& lane : samples_of(lanes, clock, rounds)) medians.push_back(median(lane));
  return medians;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    std::fprintf(stderr, "bench: cannot read %s\n", path.c_str());
    std::exit(1);
  }
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    std::fprintf(stderr, "bench: cannot write %s\n", path.c_str());
    std::exit(1);
  }
}

std::string option(const std::vector<std::string>& words, const std::string& name) {
  const std::string prefix = "--" + name + "=";
  for (const std::string& word : words) {
    if (word.starts_with(prefix)) return word.substr(prefix.size());
  }
  std::fprintf(stderr, "bench: %sVALUE is missing\n", prefix.c_str());
  std::exit(2);
}

}  // namespace bulkhead::bench
