#include "kernel/apparmor/apparmor_parser.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/child_process.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;
using base::UniqueFd;

namespace {

constexpr std::size_t kMaxComplaintBytes = 400;

// Three files in memory: a pipe would have to be drained while the parser runs.
struct Streams {
  UniqueFd input, output, errors;
};

Result<UniqueFd> memory_file(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.valid()) return base::fail_errno(ErrorCode::kernel, "create", "a file in memory");
  return file;
}

Result<Streams> make_streams(std::string_view text) {
  auto input = memory_file("profile");
  auto output = memory_file("policy");
  auto errors = memory_file("errors");
  for (auto* file : {&input, &output, &errors}) {
    if (!*file) return std::unexpected(std::move(file->error()));
  }
  if (auto written = base::write_all(input->get(), text, "a file in memory"); !written) {
    return std::unexpected(std::move(written.error()));
  }
  ::lseek(input->get(), 0, SEEK_SET);
  return Streams{std::move(*input), std::move(*output), std::move(*errors)};
}

Result<pid_t> start(const std::vector<std::string>& argv, const Streams& streams,
                    const std::string& directory) {
  ChildProcess child;
  child.give(streams.input.get(), STDIN_FILENO);
  child.give(streams.output.get(), STDOUT_FILENO);
  child.give(streams.errors.get(), STDERR_FILENO);
  child.change_directory(directory);
  child.reset_signals();
  // Not the engine's environment: a profile must compile to the same wherever it is asked for.
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  const std::array<char*, 2> environment = {path.data(), nullptr};
  return child.start(argv, environment.data(), ErrorCode::unsupported);
}

// The wait status. Error when the time ran out, and the parser was killed.
Result<int> wait_for(pid_t pid, int timeout_ms, const ProfileSource& source) {
  // A pidfd becomes readable when the process ends (Linux 5.3); without it only the wait is longer.
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd waiting{.fd = handle.get(), .events = POLLIN, .revents = 0};
  int ready = 1;
  if (handle.valid()) {
    do ready = ::poll(&waiting, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
  }
  if (ready == 0) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return base::fail_errno(ErrorCode::io, "wait for", "apparmor_parser");
  }
  if (ready != 0) return status;
  return base::fail(ErrorCode::io,
                    cat("apparmor_parser took more than ", timeout_ms, " ms for ", describe(source),
                        " and was ended; nothing was loaded"),
                    "start the container again, or load the profile before");
}

Result<std::string> bytes_of(const UniqueFd& file, std::string_view described,
                             std::size_t max_bytes) {
  ::lseek(file.get(), 0, SEEK_SET);
  return base::drain(file.get(), described, max_bytes);
}

// The parser's complaint on one line, without what it says of itself.
std::string complaint(const UniqueFd& errors) {
  auto text = bytes_of(errors, "the parser's complaint", 1 << 16);
  if (!text) return "it does not say why";
  while (text->ends_with('\n')) text->pop_back();
  if (text->empty()) return "it does not say why";
  return quoted(*text, kMaxComplaintBytes);
}

Result<std::string> take_result(int status, const Streams& streams, const ProfileSource& source,
                                const ParserLimits& limits) {
  if (WIFSIGNALED(status)) {
    return base::fail(ErrorCode::io,
                      cat("apparmor_parser was killed by signal ", WTERMSIG(status),
                          " while it compiled ", describe(source), "; nothing was loaded"),
                      "start the container again");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return base::fail(
        ErrorCode::invalid_input,
        cat(describe(source), " does not compile: ", complaint(streams.errors)),
        source.path.empty() ? "report it" : cat("correct it; apparmor_parser -Q ", source.path));
  }
  auto policy = bytes_of(streams.output, "apparmor_parser", limits.max_bytes);
  if (policy && policy->empty()) {
    return base::fail(ErrorCode::invalid_input, cat(describe(source), " defines no profile"));
  }
  return policy;
}

}  // namespace

std::string find_parser(const AppArmorPlaces& places) {
  for (const std::string& parser : places.parsers) {
    if (::access(parser.c_str(), X_OK) == 0) return parser;
  }
  return {};
}

std::string parser_identity(const AppArmorPlaces& places) {
  const std::string parser = find_parser(places);
  struct stat status {};
  if (parser.empty() || ::stat(parser.c_str(), &status) != 0) return "none";
  return cat(parser, ' ', status.st_dev, ' ', status.st_ino, ' ', status.st_size, ' ',
             status.st_mtim.tv_sec, '.', status.st_mtim.tv_nsec);
}

std::string describe(const ProfileSource& source) {
  if (source.path.empty()) return cat("Bulkhead's AppArmor profile ", quoted(source.name));
  return cat("the AppArmor profile file ", quoted(source.path));
}

Result<std::string> compile_apparmor(const ProfileSource& source, const AppArmorPlaces& places,
                                     const ParserLimits& limits) {
  const std::string parser = find_parser(places);
  if (parser.empty()) {
    return base::fail(ErrorCode::unsupported,
                      cat(describe(source),
                          " must be compiled, but this node has no "
                          "apparmor_parser"),
                      "install it (package apparmor), or load the profile before");
  }
  auto streams = make_streams(source.text);
  if (!streams) return std::unexpected(std::move(streams.error()));
  std::vector<std::string> argv = {parser, "--skip-kernel-load", "--skip-cache", "--stdout"};
  argv.insert(argv.end(), {"--base", places.base});
  if (source.complain) argv.emplace_back("--Complain");
  const auto pid = start(argv, *streams, places.base);
  if (!pid) return std::unexpected(pid.error());
  const auto status = wait_for(*pid, limits.timeout_ms, source);
  if (!status) return std::unexpected(status.error());
  return take_result(*status, *streams, source, limits);
}

}  // namespace bulkhead::kernel
