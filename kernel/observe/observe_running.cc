// Looking at running processes, of which any may refuse to stop.
#include <chrono>
#include <utility>

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

struct Asked {
  std::size_t index;
  pid_t process;
  Interruption task;
};

class Round {
 public:
  Round(const ObserveOptions& options, const Seen& seen) : options_(options), seen_(seen) {}

  void ask(std::size_t index, pid_t process) {
    auto task = Interruption::begin(process, options_.proc_root);
    if (!task) return seen_(index, std::unexpected(std::move(task.error())));
    asked_.push_back({index, process, *std::move(task)});
  }

  // Looks at those that have stopped, until fewer than `most` are left that have not, or `end`.
  void look_until(Clock::time_point end, std::size_t most) {
    for (look(); asked_.size() >= most && Clock::now() < end; look()) signal_.wait_until(end);
  }

  void give_up() {
    for (const Asked& asked : std::exchange(asked_, {})) {
      const Obstacle obstacle = obstacle_to(asked.process, options_.proc_root);
      seen_(asked.index,
            fail(ErrorCode::kernel, obstacle.sentence.empty()
                                        ? cat("process ", asked.process, " did not stop within ",
                                              kLongest.count(), " s")
                                        : obstacle.sentence));
    }
  }

  [[nodiscard]] std::size_t waiting() const { return asked_.size(); }

 private:
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
