#include "shim/unproved_start.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/gate/gate_process.h"

namespace bulkhead::shim {

namespace {

using admission::HeldContainer;

constexpr int kLookEveryMs = 50;
constexpr int kLooks = 60'000 / kLookEveryMs;

std::string pid_file_of(const CommandLine& line) {
  const auto option = std::ranges::find(line.options, Meaning::pid_file,
                                        [](const auto& given) { return given.option->meaning; });
  return option == line.options.end() ? std::string() : option->value;
}

// A pid file as it is now; one that a start before this one left there is told by it.
struct Version {
  ino_t inode = 0;
  timespec changed = {};
  bool operator==(const Version& other) const {
    return inode == other.inode && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
  }
};

Version version_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_ino, status.st_ctim};
}

std::optional<pid_t> pid_in(const std::string& path) {
  constexpr std::size_t kMaxBytes = 16;
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxBytes});
  if (!content) return std::nullopt;
  const std::string_view text(content->bytes);
  const auto number = base::parse_decimal(text.substr(0, text.find('\n')));
  if (!number || *number == 0 || *number > INT32_MAX) return std::nullopt;
  return static_cast<pid_t>(*number);
}

class Follower {
 public:
  Follower(HeldContainer container, std::string pid_file, admission::Voice voice)
      : container_(std::move(container)),
        pid_file_(std::move(pid_file)),
        before_(version_of(pid_file_)),
        voice_(std::move(voice)) {}

  [[nodiscard]] const kernel::GateDuties& duties() const { return duties_; }

 private:
  [[nodiscard]] std::optional<pid_t> told() const {
    return version_of(pid_file_) == before_ ? std::nullopt : pid_in(pid_file_);
  }

  // No descriptor of the opener's is open here.
  void run() {
    const base::UniqueFd runtime(static_cast<int>(::syscall(SYS_pidfd_open, runtime_, 0)));
    for (int look = 0; look < kLooks; ++look) {
      const bool is_over = !runtime.valid() || ends_meanwhile(runtime);
      if (const auto pid = told()) return record(*pid);
      if (is_over) return;
    }
  }

  [[nodiscard]] static bool ends_meanwhile(const base::UniqueFd& process) {
    pollfd end{.fd = process.get(), .events = POLLIN, .revents = 0};
    return ::poll(&end, 1, kLookEveryMs) != 0;
  }

  void record(pid_t pid) {
    container_.init = pid;
    audit::ContainerRecord record = admission::record_of(container_);
    record.state = audit::RecordState::unproved;
    if (!audit::is_stale(record)) admission::write_first_record(voice_, record);
  }

  HeldContainer container_;
  const std::string pid_file_;
  const Version before_;
  const admission::Voice voice_;
  const pid_t runtime_ = ::getpid();  // this process, which becomes it
  const kernel::GateDuties duties_{
      .attach = [] { return base::Result<void>(); }, .when_held = {}, .run = [this] { run(); }};
};

}  // namespace

bool starts_unproved(const CommandLine& line, const policy::Plan& plan) {
  const bool starts = line.subcommand == Subcommand::create || line.subcommand == Subcommand::run;
  return starts && plan.prove == policy::Prove::never && !pid_file_of(line).empty();
}

void record_unproved(HeldContainer container, const CommandLine& line,
                     const admission::Voice& voice) {
  auto follower = std::make_unique<Follower>(std::move(container), pid_file_of(line), voice);
  if (kernel::start_gate(follower->duties())) (void)follower.release();  // the other process's
}

}  // namespace bulkhead::shim
