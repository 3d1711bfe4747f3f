// Looking at running processes, of which any may refuse to stop.
#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/interruption.h"
#include "kernel/tasks/obstacle.h"
#include "kernel/tasks/stop_wait.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::Result;
using policy::ObservedState;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kLongest{2};
// Nearly every task stops at once; the next one is asked only then, so that none is stopped for the
// time of another's look.
constexpr std::chrono::milliseconds kPatience{2};
// How often one that somebody else traces is tried again: another look of ours is over in less.
constexpr std::chrono::milliseconds kTurn{1};

struct Asked {
  std::size_t index;
  pid_t process;
  Interruption task;
};

struct Traced {  // by somebody else, so far
  std::size_t index;
  pid_t process;
  unsigned untraced;
};

class Round {
 public:
  Round(const ObserveOptions& options, const Seen& seen) : options_(options), seen_(seen) {}

  // `untraced`: how often it could not be asked although nobody was seen to trace it. Between a
  // refusal and the look at who traces it the other may have let it go.
  void ask(std::size_t index, pid_t process, unsigned untraced = 0) {
    constexpr unsigned kMostUntraced = 3;
    auto task = Interruption::begin(process, options_.proc_root);
    if (task) return asked_.push_back({index, process, *std::move(task)});
    const auto obstacle = obstacle_to(process, options_.proc_root).kind;
    if (obstacle == ObstacleKind::none) ++untraced;
    const bool may_be_traced = obstacle == ObstacleKind::traced || obstacle == ObstacleKind::none;
    if (!may_be_traced || untraced > kMostUntraced) {
      return seen_(index, std::unexpected(std::move(task.error())));
    }
    traced_.push_back({index, process, untraced});
  }

  // Looks at those that have stopped, until fewer than `most` are left that have not, or `end`.
  void look_until(Clock::time_point end, std::size_t most) {
    for (look(); waiting() >= most && Clock::now() < end; look()) {
      signal_.wait_until(traced_.empty() ? end : std::min(end, Clock::now() + kTurn));
      for (const Traced& one : std::exchange(traced_, {})) {
        ask(one.index, one.process, one.untraced);
      }
    }
  }

  void give_up() {
    for (const Traced& one : std::exchange(traced_, {})) give_up(one.index, one.process);
    for (const Asked& asked : std::exchange(asked_, {})) give_up(asked.index, asked.process);
  }

  [[nodiscard]] std::size_t waiting() const { return asked_.size() + traced_.size(); }

 private:
  void give_up(std::size_t index, pid_t process) {
    const Obstacle obstacle = obstacle_to(process, options_.proc_root);
    seen_(index, fail(ErrorCode::kernel, obstacle.sentence.empty()
                                             ? cat("process ", process, " did not stop within ",
                                                   kLongest.count(), " s")
                                             : obstacle.sentence));
  }

  void look() {
    std::erase_if(asked_, [&](Asked& asked) {
      const auto stopped = asked.task.has_stopped();
      if (stopped && !*stopped) return false;
      auto observed = stopped ? observe_stopped(asked.task.task(), options_)
                              : Result<ObservedState>(std::unexpected(stopped.error()));
      { const Interruption let_go = std::move(asked.task); }
      seen_(asked.index, std::move(observed));
      return true;
    });
  }

  const ObserveOptions& options_;
  const Seen& seen_;
  const StopSignal signal_;
  std::vector<Asked> asked_;
  std::vector<Traced> traced_;
};

}  // namespace

void observe_each(std::span<const pid_t> processes, const ObserveOptions& options,
                  const Seen& seen) {
  Round round(options, seen);
  for (std::size_t index = 0; index < processes.size(); ++index) {
    const std::size_t stuck = round.waiting();
    round.ask(index, processes[index]);
    round.look_until(Clock::now() + kPatience, stuck + 1);
  }
  round.look_until(Clock::now() + kLongest, 1);
  round.give_up();
}

Result<ObservedState> observe_running(pid_t pid, const ObserveOptions& options) {
  Result<ObservedState> outcome;
  observe_each({&pid, 1}, options,
               [&](std::size_t, Result<ObservedState> observed) { outcome = std::move(observed); });
  return outcome;
}

}  // namespace bulkhead::kernel
