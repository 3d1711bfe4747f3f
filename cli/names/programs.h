// Where programs of this node are.
#pragma once

#include <string>

namespace bulkhead::cli {

// The first executable of that name in the directories of base/programs.h; empty when there is
// none. `root` is put in front for looking, not in the result.
[[nodiscard]] std::string find_program(const std::string& root, const std::string& name);

// A program of Bulkhead's: beside this one first, since they are installed and replaced together,
// and else as above.
[[nodiscard]] std::string find_own(const std::string& root, const std::string& name);

// Whether systemd runs this node (sd_booted(3)).
[[nodiscard]] bool is_run_by_systemd(const std::string& root);

// The line that starts the watcher here: of its unit, or of the command itself.
[[nodiscard]] std::string command_that_watches(const std::string& root);

}  // namespace bulkhead::cli
