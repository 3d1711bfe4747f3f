// A node of a test's own: directories that admission/ reads and writes, and what was said on
// stderr.
#pragma once

#include <string>
#include <string_view>

#include "admission/voice.h"
#include "base/paths.h"

namespace bulkhead::admission::testing {

class Node {
 public:
  Node();
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  base::Paths paths;
  [[nodiscard]] Voice voice() const;  // "bulkhead-test", with an engine's log of format json

  // Written below paths.settings.
  void write(std::string_view name, std::string_view text) const;
  [[nodiscard]] std::string events() const;      // the whole log of events
  [[nodiscard]] std::string engine_log() const;  // the whole log of the engine

 private:
  std::string root_;
};

// Keeps what this process writes to stderr until it is asked.
class StandardError {
 public:
  StandardError();
  ~StandardError();
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;
  [[nodiscard]] std::string said();  // once

 private:
  int reading_ = -1;
  int saved_ = -1;
};

}  // namespace bulkhead::admission::testing
