#include "kernel/tasks/inherited_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace bulkhead::kernel {

namespace {

struct Limit {
  __rlimit_resource resource;
  rlim_t wanted;
};

constexpr std::array<Limit, 7> kWantedLimits = {{
    {RLIMIT_FSIZE, RLIM_INFINITY},
    {RLIMIT_STACK, 8 << 20},
    {RLIMIT_AS, RLIM_INFINITY},
    {RLIMIT_DATA, RLIM_INFINITY},
    {RLIMIT_NOFILE, 4096},
    {RLIMIT_CPU, RLIM_INFINITY},
    {RLIMIT_CORE, 0},  // what we read is not for a file in the directory of whoever called
}};

constexpr int kFirstRealTimeSignal = 32;  // signal(7)

struct Disposition {
  int signal;
  bool ignored;  // else its usual effect
};

constexpr std::array<Disposition, 3> kDispositions = {{
    {SIGCHLD, false},  // where it is ignored nobody learns how a child ended
    {SIGPIPE, true},
    {SIGXFSZ, true},
}};

// Beyond the hard limit only with CAP_SYS_RESOURCE; up to it always. Whether there was a need to.
bool raise_limit(const Limit& limit, const rlimit& inherited) {
  const bool suffices = limit.resource == RLIMIT_CORE ? inherited.rlim_cur == limit.wanted
                                                      : inherited.rlim_cur >= limit.wanted;
  if (suffices) return false;
  const rlimit raised{limit.wanted, std::max(inherited.rlim_max, limit.wanted)};
  if (::setrlimit(limit.resource, &raised) == 0) return true;
  const rlimit possible{std::min(inherited.rlim_max, limit.wanted), inherited.rlim_max};
  (void)::setrlimit(limit.resource, &possible);
  return true;
}

struct sigaction action_of(bool ignored) {
  struct sigaction action {};
  action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
  return action;
}

// Of the signals that somebody sends: none that is ignored stays so, but those of kDispositions.
// Nobody sends real-time signals to a hook, and the kernel takes no other action for the rest.
void notice_signals() {
  const struct sigaction usual = action_of(false);
  for (int signal = SIGHUP; signal < kFirstRealTimeSignal; ++signal) {
    const bool is_settled =
        signal == SIGKILL || signal == SIGSTOP ||
        std::ranges::find(kDispositions, signal, &Disposition::signal) != kDispositions.end();
    if (!is_settled) (void)::sigaction(signal, &usual, nullptr);
  }
}

// Else the next file that is opened would be taken for it, and written to.
void occupy_standard_descriptors() {
  int opened = -1;
  do {
    opened = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened > STDERR_FILENO) ::close(opened);
}

}  // namespace

void InheritedState::take_off() {
  static_assert(kLimits == kWantedLimits.size() && kSignals == kDispositions.size());
  for (std::size_t i = 0; i < kWantedLimits.size(); ++i) {
    if (::getrlimit(kWantedLimits[i].resource, &limits_[i]) == 0) {
      raised_[i] = raise_limit(kWantedLimits[i], limits_[i]);
    }
  }
  for (std::size_t i = 0; i < kDispositions.size(); ++i) {
    const struct sigaction wanted = action_of(kDispositions[i].ignored);
    (void)::sigaction(kDispositions[i].signal, &wanted, &actions_[i]);
  }
  umask_ = ::umask(022);
  occupy_standard_descriptors();
}

void InheritedState::put_on() const {
  for (std::size_t i = 0; i < limits_.size(); ++i) {
    if (raised_[i]) (void)::setrlimit(kWantedLimits[i].resource, &limits_[i]);
  }
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    (void)::sigaction(kDispositions[i].signal, &actions_[i], nullptr);
  }
  ::umask(umask_);
}

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void shed_inherited_state() {
  InheritedState inherited;
  inherited.take_off();
  notice_signals();
  unblock_signals();
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
}

}  // namespace bulkhead::kernel
