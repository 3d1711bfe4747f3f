#include "cli/install/install_watcher.h"

#include "audit/records/watch_lock.h"
#include "base/text.h"
#include "cli/engines/run_program.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;

constexpr int kStart_ms = 30'000;

// Why the unit was not started; empty when it was.
std::string start_unit(Output& output) {
  const std::string systemctl = find_program("", "systemctl");
  if (systemctl.empty()) return "there is no systemctl";
  output.line("denials: systemctl enable --now bulkhead-watch");
  (void)output.flush();  // the caller's own flush tells of a reader that is gone
  const auto ran = run_program({systemctl, "enable", "--now", "bulkhead-watch"}, kStart_ms);
  if (!ran) return ran.error().sentence();
  return ran->exit_code == 0 ? std::string() : base::quoted(ran->output, 512);
}

void begin_to_watch(const WatchWish& wish, Output& output) {
  if (wish.root.empty() && audit::is_watched(wish.paths)) {
    return output.line("denials: somebody watches");
  }
  const std::string command = command_that_watches(wish.root);
  if (wish.may_start && is_run_by_systemd(wish.root)) {
    const std::string why = start_unit(output);
    if (why.empty()) return;
    output.line(cat("denials: the watcher does not come up: ", why));
  }
  output.line(cat("denials: nobody watches yet, so none is told; to begin: ", command));
}

}  // namespace

void tell_how_to_see_denials(const WatchWish& wish, Output& output) {
  begin_to_watch(wish, output);
  output.line(
      "to see a denial: bulkhead denials; as it comes: bulkhead denials --follow; what would "
      "allow it: bulkhead denials --suggest");
}

}  // namespace bulkhead::cli
