#include "shim/report.h"

#include <unistd.h>

#include <string>

#include "admission/rootless.h"
#include "base/exit_codes.h"
#include "base/files.h"
#include "base/text.h"
#include "shim/engine_log.h"

namespace bulkhead::shim {

namespace {

void say(std::string_view sentence) {
  // Where stderr is closed or full there is nobody left to tell.
  (void)base::write_all(STDERR_FILENO, base::cat("bulkhead: ", sentence, "\n"), "stderr");
}

void say_if_failed(const base::Result<void>& written, std::string_view consequence) {
  if (!written) say(base::cat("warning: ", written.error().sentence(), consequence));
}

void log_event(const base::Paths& paths, const audit::Event& event, std::string_view consequence) {
  const auto logged = audit::append_event(paths, event);
  if (!logged && !admission::is_not_ours_to_write(paths.log)) say_if_failed(logged, consequence);
}

}  // namespace

int report_refusal(const CommandLine& line, const base::Error& error, const audit::Event& event,
                   const base::Paths& paths) {
  const std::string sentence = error.sentence();
  say(sentence);
  if (!line.log.empty()) {
    say_if_failed(write_engine_log(line.log, line.log_format, base::cat("bulkhead: ", sentence)),
                  "");
  }
  log_event(paths, event, "; the refusal stands");
  return static_cast<int>(base::exit_code_for(error.code));
}

void report_admission(const audit::Event& event, const base::Paths& paths) {
  log_event(paths, event, "; the container starts all the same");
}

}  // namespace bulkhead::shim
