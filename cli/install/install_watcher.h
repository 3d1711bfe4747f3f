// The end of `install`: somebody reads what the kernel records of denials, and whoever installed
// knows how to see one.
#pragma once

#include <string>

#include "base/paths.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

struct WatchWish {
  base::Paths paths;
  std::string root;        // of another tree nothing is started
  bool may_start = false;  // daemons may be started
};

// Starts the unit where systemd runs this node, or names the line to run. A watcher that does not
// come up fails nothing: it is told, since what confines needs none.
void tell_how_to_see_denials(const WatchWish& wish, Output& output);

}  // namespace bulkhead::cli
