// Looking at running processes: what the look ends, and who cannot be looked at.
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "kernel/observe/observe.h"
#include "kernel/tasks/obstacle.h"

namespace bulkhead::kernel {
namespace {

using Clock = std::chrono::steady_clock;
constexpr timespec kLong{.tv_sec = 60, .tv_nsec = 0};
constexpr timeval kLongTime{.tv_sec = 60, .tv_usec = 0};

bool cannot_look() {
  if (::geteuid() == 0 && check_can_dump_filters()) return false;
  std::puts("skipped: dumping filters needs root and no filter on this process");
  return true;
}

// A child that does something. What it writes to `out`, and its end, can be waited for.
class Child {
 public:
  explicit Child(const std::function<void(int out)>& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGCONT);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, __WALL) > 0) continue;
    ::close(in_);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  // What it wrote within that time; -1: it ended, -2: nothing.
  [[nodiscard]] int told_within(int milliseconds) const {
    pollfd readable{.fd = in_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, milliseconds) <= 0) return -2;
    char byte = 0;
    return ::read(in_, &byte, 1) == 1 ? byte : -1;
  }
  [[nodiscard]] char state() const {
    char text[512] = {};
    const int file = ::open(("/proc/" + std::to_string(pid_) + "/stat").c_str(), O_RDONLY);
    const ssize_t size = ::read(file, text, sizeof text - 1);
    ::close(file);
    const char* end = size > 0 ? std::strrchr(text, ')') : nullptr;
    return end == nullptr ? '?' : end[2];
  }
  void until_state(char wanted) const {
    for (int i = 0; i < 2000 && state() != wanted; ++i) ::usleep(1000);
    REQUIRE(state() == wanted);
  }

 private:
  pid_t pid_ = 0;
  int in_ = -1;
};

// Linux ends some calls by any stop of their process, with EINTR (signal(7), "Interruption of
// system calls and library functions by stop signals"). A look has these begin anew, where the
// architecture lets a tracer ask for that (kernel/arch/cut_call.h).
#if defined(__x86_64__)
constexpr bool kLookBeginsAnew = true;
#else
constexpr bool kLookBeginsAnew = false;
#endif
enum class StopByLinux : std::uint8_t { waits_on, ends_it };

struct WaitingCall {
  const char* name;
  std::function<long()> call;  // waits for longer than the test
  StopByLinux stop = StopByLinux::waits_on;
};

int listening_socket(bool with_timeout) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr only_family{.sa_family = AF_UNIX, .sa_data = {}};
  ::bind(fd, &only_family, sizeof(sa_family_t));  // a name of the kernel's choice
  ::listen(fd, 1);
  if (with_timeout) ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kLongTime, sizeof kLongTime);
  return fd;
}

int connected_socket(bool with_timeout) {
  int ends[2];
  (void)::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  if (with_timeout) ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &kLongTime, sizeof kLongTime);
  return ends[0];
}

long wait_for_events(int timeout_ms) {
  epoll_event event{};
  return ::epoll_wait(::epoll_create1(0), &event, 1, timeout_ms);
}

long read_from(int fd) {
  char bytes[512];
  return ::read(fd, bytes, sizeof bytes);
}

long receive(int fd) {
  char bytes[8];
  return ::recv(fd, bytes, sizeof bytes, 0);
}

long take_semaphore(const timespec* most) {
  const int set = ::semget(IPC_PRIVATE, 1, 0600);
  sembuf take{.sem_num = 0, .sem_op = -1, .sem_flg = 0};
  return most == nullptr ? ::semop(set, &take, 1) : ::semtimedop(set, &take, 1, most);
}

long wait_for_signal(const timespec* most) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
  return ::sigtimedwait(&wanted, nullptr, most);
}

long wait_for_io() {
  aio_context_t context = 0;
  (void)::syscall(SYS_io_setup, 1, &context);
  io_event event{};
  timespec most = kLong;
  return ::syscall(SYS_io_getevents, context, 1, 1, &event, &most);
}

long wait_on_futex(const timespec* most) {
  static int word = 0;
  return ::syscall(SYS_futex, &word, FUTEX_WAIT, 0, most, nullptr, 0);
}

long pipe_without_writer_gone() {
  int ends[2];
  (void)::pipe(ends);
  return read_from(ends[0]);
}

long inotify_of_nothing() {
  const int fd = ::inotify_init1(0);
  ::inotify_add_watch(fd, "/proc/self", IN_CREATE);
  return read_from(fd);
}

long select_nothing() {
  timeval most = kLongTime;
  return ::select(0, nullptr, nullptr, nullptr, &most);
}

long wait_for_child() {
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  return ::waitpid(-1, nullptr, 0);
}

const std::vector<WaitingCall> kCalls = {
    {"nanosleep", [] { return ::nanosleep(&kLong, nullptr); }},
    {"clock_nanosleep", [] { return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kLong, nullptr); }},
    {"pause", [] { return ::pause(); }},
    {"poll", [] { return ::poll(nullptr, 0, 60'000); }},
    {"poll, for ever", [] { return ::poll(nullptr, 0, -1); }},
    {"ppoll", [] { return ::ppoll(nullptr, 0, &kLong, nullptr); }},
    {"select", select_nothing},
    {"pselect", [] { return ::pselect(0, nullptr, nullptr, nullptr, &kLong, nullptr); }},
    {"epoll_wait", [] { return wait_for_events(60'000); }, StopByLinux::ends_it},
    {"epoll_wait, for ever", [] { return wait_for_events(-1); }, StopByLinux::ends_it},
    {"futex", [] { return wait_on_futex(nullptr); }},
    {"futex with a timeout", [] { return wait_on_futex(&kLong); }},
    {"semop", [] { return take_semaphore(nullptr); }, StopByLinux::ends_it},
    {"semtimedop", [] { return take_semaphore(&kLong); }, StopByLinux::ends_it},
    {"sigwaitinfo", [] { return wait_for_signal(nullptr); }, StopByLinux::ends_it},
    {"sigtimedwait", [] { return wait_for_signal(&kLong); }, StopByLinux::ends_it},
    {"io_getevents", wait_for_io, StopByLinux::ends_it},
    {"msgrcv",
     [] {
       char text[16];
       return ::msgrcv(::msgget(IPC_PRIVATE, 0600), text, 8, 0, 0);
     }},
    {"read of a pipe", pipe_without_writer_gone},
    {"read of an eventfd", [] { return read_from(::eventfd(0, 0)); }},
    {"read of a timerfd", [] { return read_from(::timerfd_create(CLOCK_MONOTONIC, 0)); }},
    {"read of an inotify", inotify_of_nothing},
    {"accept", [] { return ::accept(listening_socket(false), nullptr, nullptr); }},
    {"accept with a timeout", [] { return ::accept(listening_socket(true), nullptr, nullptr); },
     StopByLinux::ends_it},
    {"recv", [] { return receive(connected_socket(false)); }},
    {"recv with a timeout", [] { return receive(connected_socket(true)); }, StopByLinux::ends_it},
    {"read with a timeout", [] { return read_from(connected_socket(true)); }, StopByLinux::ends_it},
    {"waitpid", wait_for_child},
};

// Whether a process that waits in that call still does after three looks.
bool survives_looks(const WaitingCall& waiting) {
  const Child child([&](int out) {
    (void)::unshare(CLONE_NEWIPC);  // semaphores and queues end with the process
    (void)::write(out, "r", 1);
    const bool interrupted = waiting.call() < 0 && errno == EINTR;
    (void)::write(out, interrupted ? "I" : "?", 1);
  });
  REQUIRE(child.told_within(5000) == 'r');
  child.until_state('S');
  for (int look = 0; look < 3; ++look) {
    const auto observed = observe_running(child.pid(), {});
    INFO((observed ? "" : observed.error().sentence()));
    REQUIRE(observed);
    if (child.told_within(20) != -2) return false;
    for (int i = 0; i < 2000 && child.state() != 'S'; ++i) {  // a slow machine has not let it go on
      if (child.told_within(1) != -2) return false;
    }
  }
  return child.state() == 'S';
}

double seconds_of(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string why_not(pid_t pid) {
  const auto observed = observe_running(pid, {});
  return observed ? "" : observed.error().sentence();
}

// Waits in vfork(2) for a child that executes nothing.
void wait_in_vfork(int /*out*/) {
  if (::vfork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
}

void install_filter_of_one() {
  sock_filter allow{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  const sock_fprog program{.len = 1, .filter = &allow};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  (void)::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

}  // namespace

TEST_CASE("a look at a process ends no call that it waits in, but what any stop ends on arm64") {
  if (cannot_look()) return;
  for (const WaitingCall& waiting : kCalls) {
    INFO(waiting.name);
    CHECK(survives_looks(waiting) == (kLookBeginsAnew || waiting.stop == StopByLinux::waits_on));
  }
}

TEST_CASE("a call that begins anew after a look still ends by a signal that is handled") {
  if (cannot_look()) return;
  const Child child([](int out) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &action, nullptr);
    (void)::write(out, "r", 1);
    const bool interrupted = wait_for_events(-1) < 0 && errno == EINTR;
    (void)::write(out, interrupted ? "I" : "?", 1);
  });
  REQUIRE(child.told_within(5000) == 'r');
  child.until_state('S');
  REQUIRE(observe_running(child.pid(), {}));
  ::kill(child.pid(), SIGUSR1);
  CHECK(child.told_within(5000) == 'I');
}

TEST_CASE("a process that waits in vfork is named with its cause, in two seconds") {
  if (cannot_look()) return;
  const Child child(wait_in_vfork);
  child.until_state('D');
  std::string sentence;
  CHECK(seconds_of([&] { sentence = why_not(child.pid()); }) < 5);
  CHECK_THAT(sentence, Catch::Contains("waits in vfork(2) until its child ") &&
                           Catch::Contains(" executes a program or ends"));
  CHECK(obstacle_to(child.pid()).kind == ObstacleKind::vfork);
}

TEST_CASE("several that do not stop cost one wait, and the others are answered at once") {
  if (cannot_look()) return;
  const Child first(wait_in_vfork);
  const Child second(wait_in_vfork);
  const Child third(wait_in_vfork);
  const Child runs([](int) {
    for (;;) ::pause();
  });
  for (const Child* stuck : {&first, &second, &third}) stuck->until_state('D');
  const std::array pids = {first.pid(), second.pid(), runs.pid(), third.pid()};
  std::array<bool, 4> told{};
  double answered = 0;
  const auto start = Clock::now();
  observe_each(pids, {}, [&](std::size_t index, const base::Result<policy::ObservedState>& seen) {
    told[index] = true;
    CHECK(seen.has_value() == (index == 2));
    if (seen) answered = std::chrono::duration<double>(Clock::now() - start).count();
  });
  const double all = std::chrono::duration<double>(Clock::now() - start).count();
  CHECK(told == std::array{true, true, true, true});
  CHECK(answered < 1);
  CHECK(all < 4);
}

TEST_CASE("a process that somebody else traces is named with its tracer") {
  if (cannot_look()) return;
  const Child child([](int) {
    for (;;) ::pause();
  });
  const Child tracer([&](int out) {
    if (::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr) == 0) (void)::write(out, "t", 1);
    for (;;) ::pause();
  });
  REQUIRE(tracer.told_within(5000) == 't');
  CHECK(why_not(child.pid()) == "process " + std::to_string(child.pid()) +
                                    " is traced by process " + std::to_string(tracer.pid()) +
                                    ", and only one can trace it");
}

TEST_CASE("a process that another look holds for a moment is looked at after it") {
  if (cannot_look()) return;
  const Child child([](int) {
    for (;;) ::pause();
  });
  const Child tracer([&](int out) {
    constexpr useconds_t kMoment = 100000;
    if (::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr) == 0) (void)::write(out, "t", 1);
    ::usleep(kMoment);
  });
  REQUIRE(tracer.told_within(5000) == 't');
  CHECK(why_not(child.pid()).empty());
}

TEST_CASE("a process whose first thread has ended is asked by another") {
  if (cannot_look()) return;
  const Child child([](int out) {
    install_filter_of_one();
    static int told;
    told = out;
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          (void)::write(told, "r", 1);
          for (;;) ::pause();
        },
        nullptr);
    ::syscall(SYS_exit, 0);  // this thread alone
  });
  REQUIRE(child.told_within(5000) == 'r');
  child.until_state('Z');
  const auto observed = observe_running(child.pid(), {});
  INFO((observed ? "" : observed.error().sentence()));
  REQUIRE(observed);
  CHECK(observed->filters.size() == 1);
}

TEST_CASE("a process that has ended is no riddle") {
  if (cannot_look()) return;
  const Child child([](int) {});
  child.until_state('Z');
  CHECK(why_not(child.pid()) == "process " + std::to_string(child.pid()) + " has ended");
}

}  // namespace bulkhead::kernel
