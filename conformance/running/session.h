// The streams of a process in a container: its standard input, which this side ends, and the line
// that its probe reports.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::conformance {

class Session {
 public:
  // Two pipes. Error: kernel.
  [[nodiscard]] static base::Result<Session> open();

  // The ends for the process; once it has them, let_go() closes them here.
  [[nodiscard]] int input() const { return given_input_.get(); }
  [[nodiscard]] int output() const { return given_output_.get(); }
  void let_go();

  // Nothing where the process ended without one, or said none within the time.
  [[nodiscard]] std::optional<std::string> report(int bound_ms);
  void end_input() { input_.reset(); }

  pid_t process = 0;  // 0: not known

 private:
  base::UniqueFd given_input_;
  base::UniqueFd given_output_;
  base::UniqueFd input_;
  base::UniqueFd output_;
};

}  // namespace bulkhead::conformance
