// Ctrl-C while an engine's client is waited for ends that client, which is of the same process
// group, and not this program, which then takes all back.
//
// From its making to its end SIGINT, SIGTERM and SIGHUP only leave a note. A program that is
// started meanwhile has the signals' default actions: a handler is not inherited, as ignoring would
// be. One at a time.
#pragma once

#include <signal.h>

#include <array>

#include "base/error.h"

namespace bulkhead::cli {

class HeldInterrupts {
 public:
  HeldInterrupts();
  ~HeldInterrupts();
  HeldInterrupts(const HeldInterrupts&) = delete;
  HeldInterrupts& operator=(const HeldInterrupts&) = delete;

  // Whether one of them came since the last one of these was made. Then nothing more is to be
  // started, and what was changed is to be taken back, even where all went well meanwhile.
  static bool came();
  // What the command says of it.
  static std::unexpected<base::Error> error();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

}  // namespace bulkhead::cli
