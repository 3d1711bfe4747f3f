// The listener of a case, where linux.seccomp.listenerPath points to: it takes what the runtime
// sends there, and answers each call that is handed to it.
//
//   const auto listener = Listener::open(bundle + "/listener", {.value = 42});
//   …
//   (*listener)->report()
//
//   {"connections": [{"closed": true, "descriptors": 1, "state": {…}}],
//    "calls": ["sched_get_priority_max"]}
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "conformance/values/case.h"

namespace bulkhead::conformance {

class Listener {
 public:
  // Errors: io, invalid_input (a path that is too long for a socket).
  [[nodiscard]] static base::Result<std::unique_ptr<Listener>> open(const std::string& path,
                                                                    ListenerAnswer answer);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { end(); }

  // Ends it, and tells what came until then, in that order. `state` is all that was sent over a
  // connection, and is left out where that is not one JSON document; `closed`, that the runtime
  // has closed it.
  [[nodiscard]] std::string report();

 private:
  struct Connection {
    base::UniqueFd socket;  // none: it is closed
    std::string text;
    std::size_t descriptors = 0;
  };

  Listener(base::UniqueFd socket, ListenerAnswer answer);
  void end();

  // In the thread.
  void serve();
  [[nodiscard]] bool serve_what_waits(bool ending);
  void accept();
  void take_from(Connection& connection);
  void answer_at(base::UniqueFd& notifier);

  base::UniqueFd socket_;
  ListenerAnswer answer_;
  base::UniqueFd asked_to_end_;  // readable once end_ is closed
  base::UniqueFd end_;
  std::vector<Connection> connections_;
  std::vector<base::UniqueFd> notifiers_;
  std::vector<std::string> calls_;
  std::thread thread_;  // the rest is its own until it has ended
};

// That of the case, whose bundle is in the directory; null where it has none. Errors as of open().
[[nodiscard]] base::Result<std::unique_ptr<Listener>> listener_of(const Case& one,
                                                                  const std::string& directory);

}  // namespace bulkhead::conformance
