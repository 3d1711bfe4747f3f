// Ctrl-C while an engine's client is waited for ends that client, which is of the same process
// group, and not this program, which then takes all back.
//
// From its making to its end SIGINT, SIGTERM and SIGHUP only leave a note. A program that is
// started meanwhile has the signals' default actions: a handler is not inherited, as ignoring would
// be. One at a time.
#pragma once

#include <signal.h>

#include <array>

namespace bulkhead::cli {

class HeldInterrupts {
 public:
  HeldInterrupts();
  ~HeldInterrupts();
  HeldInterrupts(const HeldInterrupts&) = delete;
  HeldInterrupts& operator=(const HeldInterrupts&) = delete;

  // Whether one of them came since the last one of these was made: what is undone need not be
  // explained, too.
  static bool came();

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

}  // namespace bulkhead::cli
