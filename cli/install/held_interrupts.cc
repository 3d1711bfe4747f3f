#include "cli/install/held_interrupts.h"

namespace bulkhead::cli {

namespace {

volatile sig_atomic_t noted = 0;

}  // namespace

HeldInterrupts::HeldInterrupts() {
  noted = 0;
  struct sigaction noting = {};
  noting.sa_handler = [](int) { noted = 1; };
  for (std::size_t at = 0; at < kSignals.size(); ++at) {
    ::sigaction(kSignals[at], &noting, &before_[at]);
  }
}

HeldInterrupts::~HeldInterrupts() {
  for (std::size_t at = 0; at < kSignals.size(); ++at) {
    ::sigaction(kSignals[at], &before_[at], nullptr);
  }
}

bool HeldInterrupts::came() { return noted != 0; }

std::unexpected<base::Error> HeldInterrupts::error() {
  return base::fail(base::ErrorCode::kernel, "interrupted before the engine was ready");
}

}  // namespace bulkhead::cli
