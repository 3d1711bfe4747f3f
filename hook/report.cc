#include "hook/report.h"

#include <unistd.h>

#include "admission/rootless.h"
#include "base/exit_codes.h"
#include "base/files.h"
#include "base/text.h"

namespace bulkhead::hook {

void say(std::string_view sentence) {
  // Where stderr is closed or full there is nobody left to tell.
  (void)base::write_all(STDERR_FILENO, base::cat("bulkhead-hook: ", sentence, "\n"), "stderr");
}

void log_event(const base::Paths& paths, const audit::Event& event) {
  const auto logged = audit::append_event(paths, event);
  if (logged || admission::is_not_ours_to_write(paths.log)) return;
  say(base::cat("warning: ", logged.error().sentence(), "; what was decided stands"));
}

int refuse(const base::Paths& paths, const base::Error& error, const audit::Event& event) {
  say(error.sentence());
  log_event(paths, event);
  return static_cast<int>(base::exit_code_for(error.code));
}

}  // namespace bulkhead::hook
