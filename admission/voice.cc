#include "admission/voice.h"

#include <unistd.h>

#include "admission/rootless.h"
#include "base/files.h"
#include "base/text.h"

namespace bulkhead::admission {

void say(const Voice& voice, std::string_view sentence) {
  // Where stderr is closed or full there is nobody left to tell.
  (void)base::write_all(STDERR_FILENO, base::cat(voice.program, ": ", sentence, "\n"), "stderr");
}

void say_to_engine(const Voice& voice, std::string_view sentence) {
  say(voice, sentence);
  const auto written = write_engine_log(voice.engine_log, base::cat(voice.program, ": ", sentence));
  if (!written) say(voice, base::cat("warning: ", written.error().sentence()));
}

void log_event(const Voice& voice, const audit::Event& event) {
  const auto logged = audit::append_event(voice.paths, event);
  if (logged || is_not_ours_to_write(voice.paths.log)) return;
  say(voice, base::cat("warning: ", logged.error().sentence(), "; what was decided stands"));
}

}  // namespace bulkhead::admission
