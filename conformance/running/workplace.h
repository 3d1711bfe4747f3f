// The directory in which cases run, and the process whose namespaces they join. Both go when this
// does, but for what is to be kept.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "conformance/running/case_run.h"

namespace bulkhead::conformance {

class Workplace {
 public:
  // In `keep`, which is made, or in a directory of its own below /var/tmp. Errors: io, kernel.
  [[nodiscard]] static base::Result<Workplace> make(const std::string& keep);
  Workplace(Workplace&& other) noexcept;
  Workplace& operator=(Workplace&&) = delete;
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();

  // For that runtime.
  [[nodiscard]] TestBed bed(const std::string& runtime) const;

 private:
  Workplace() = default;
  std::string directory_;
  bool keep_ = false;
  pid_t child_ = 0;  // the holder's parent, with which it ends
  pid_t holder_ = 0;
};

}  // namespace bulkhead::conformance
