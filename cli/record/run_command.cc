#include "cli/record/run_command.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "audit/records/watch_lock.h"
#include "base/text.h"
#include "cli/record/child.h"
#include "cli/record/profile_command.h"
#include "cli/screen/layout.h"
#include "record/keeping/recording_control.h"

namespace bulkhead::cli {

using base::cat;
using base::ExitCode;
using base::Result;

namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr Milliseconds kToListen{10'000};
constexpr Milliseconds kPause{20};
// What the kernel logged last is read within this time, and what it counted is collected.
constexpr Milliseconds kToCatchUp{2'500};

// A watcher for the time of the command, where none runs on this node.
class Listener {
 public:
  explicit Listener(const base::Paths& paths)
      : was_there_(audit::is_watched(paths)),
        child_(was_there_ ? std::nullopt
                          : Child::start({"/proc/self/exe", "watch"}, Child::Quiet::yes)) {
    const auto until = std::chrono::steady_clock::now() + kToListen;
    while (child_ && !child_->has_ended() && !audit::is_watched(paths) &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kPause);
    }
  }

  // What it has heard is in the record then.
  void finish() {
    if (was_there_) std::this_thread::sleep_for(kToCatchUp);
    if (child_) (void)child_->end();
    child_.reset();
  }

 private:
  const bool was_there_;
  std::optional<Child> child_;
};

}  // namespace

CommandHelp RecordRunCommand::help() const {
  return {
      .name = "record run",
      .summary = "record the containers that a command starts, and write their profile",
      .description =
          "Runs COMMAND, records the containers that start while it runs (those that match, where "
          "--image, --namespace, --pod or --container is given), and writes the profile when it "
          "ends, as `bulkhead record profile` does. Listens to the kernel itself where no "
          "`bulkhead watch` runs. Without --name nothing is kept but the profile. The containers "
          "must start through Bulkhead.",
      .exit_codes = "That of COMMAND; where that is 0, what `bulkhead record profile` says.",
      .examples = {"bulkhead record run --format docker -o web.json -- podman run web make test",
                   "bulkhead record run --name web --image '*/web:*' -- ./end-to-end-tests.sh"},
  };
}

std::vector<Option> RecordRunCommand::options() {
  std::vector<Option> options = {
      {"--name", "NAME", "keep the record under this name", &name_},
      {.name = "--output",
       .placeholder = "FILE",
       .help = "write the profile there instead of to standard output",
       .target = &file_,
       .short_name = "-o"},
      {"--format", "FORMAT", "form of the profile", &format_, false, {"oci", "docker", "spo"}},
  };
  match_.add_to(options);
  options.push_back({"--without-exec", "", "not what joins by `exec`", &without_exec_});
  options.push_back({"--incomplete", "", "take a record with losses as it is", &incomplete_});
  options.push_back({"COMMAND", "", "behind `--`: what starts the containers", &command_, true});
  return options;
}

Result<int> RecordRunCommand::record_while_it_runs(const std::string& name,
                                                   Environment& environment) const {
  auto begun = record::begin_recording(environment.paths, match_.rule_match(),
                                       {.name = name, .execs = !without_exec_});
  if (!begun) return std::unexpected(std::move(begun.error()));
  Listener listener(environment.paths);
  auto child = Child::start(command_, Child::Quiet::no);
  const int code = child ? child->wait() : Child::kNotStarted;
  listener.finish();
  if (auto ended = record::end_recording(environment.paths, name); !ended) {
    return std::unexpected(std::move(ended.error()));
  }
  return code;
}

Result<ExitCode> RecordRunCommand::write_profile(const std::string& name,
                                                 Environment& environment) const {
  RecordProfileCommand profile(name, file_, format_, incomplete_);
  return profile.run(environment);
}

Result<ExitCode> RecordRunCommand::run(Environment& environment) {
  const std::string name = name_.empty() ? cat("run-", ::getpid()) : name_;
  const auto code = record_while_it_runs(name, environment);
  if (!code) return std::unexpected(code.error());
  auto written = write_profile(name, environment);
  if (name_.empty()) (void)record::delete_record(environment.paths, name);
  if (*code != 0) return static_cast<ExitCode>(*code);
  return written;
}

}  // namespace bulkhead::cli
