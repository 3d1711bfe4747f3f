// What is inherited: by a program that is executed, and by a thread.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "conformance/probe/probe.h"
#include "conformance/probe/verbs.h"

namespace bulkhead::conformance {

namespace {

using base::JsonWriter;
using oci_config::JsonValue;

constexpr std::size_t kMaxReport = 1 << 20;
constexpr int kExecFailed = 126;

struct Executed {
  int status = 0;
  int error = 0;       // of execve(2)
  std::string output;  // its standard output
};

[[noreturn]] void become(const std::vector<std::string>& words, int output, int failure) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::execve(arguments[0], arguments.data(), environ);
  const int error = errno;
  (void)!::write(failure, &error, sizeof error);
  ::_exit(kExecFailed);
}

Executed execute(const std::vector<std::string>& words) {
  int output[2];
  int failure[2];
  if (::pipe2(output, O_CLOEXEC) != 0) return {.error = errno};
  const base::UniqueFd from(output[0]);
  base::UniqueFd into(output[1]);
  if (::pipe2(failure, O_CLOEXEC) != 0) return {.error = errno};
  const base::UniqueFd told(failure[0]);
  base::UniqueFd tells(failure[1]);
  const pid_t child = ::fork();
  if (child < 0) return {.error = errno};
  if (child == 0) become(words, into.get(), tells.get());
  into.reset();
  tells.reset();
  Executed result;
  (void)!::read(told.get(), &result.error, sizeof result.error);
  result.output = base::drain(from.get(), "the report", kMaxReport).value_or("");
  ::waitpid(child, &result.status, 0);
  return result;
}

}  // namespace

void execute_itself(const JsonValue& value, const JsonValue&, const ProbeContext& context,
                    JsonWriter& report) {
  Executed result =
      execute({context.program, std::string(kProbeWord), "once", std::string(value.raw())});
  if (result.error != 0) return report_errno(result.error, report);
  if (result.output.ends_with('\n')) result.output.pop_back();
  if (result.output.empty()) return report.member("unable", "report");
  report.member_raw("results", result.output);
}

void execute_a_program(const JsonValue& value, const JsonValue&, const ProbeContext&,
                       JsonWriter& report) {
  const auto words = value.read_string_array();
  if (!words || words->empty()) return report.member("unknown", true);
  const Executed result = execute(*words);
  if (result.error != 0) return report_errno(result.error, report);
  if (WIFEXITED(result.status)) report.member("exit", WEXITSTATUS(result.status));
  if (WIFSIGNALED(result.status)) report.member("signal", WTERMSIG(result.status));
}

void in_a_thread(const JsonValue& value, const JsonValue&, const ProbeContext& context,
                 JsonWriter& report) {
  std::thread([&] { report.member_raw("results", perform_all(value, context)); }).join();
}

}  // namespace bulkhead::conformance
