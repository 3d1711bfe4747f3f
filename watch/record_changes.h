// Which containers' records came, changed or went, told by inotify(7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/records/container_registry.h"
#include "base/error.h"
#include "base/paths.h"
#include "base/unique_fd.h"

namespace bulkhead::watch {

class RecordChanges {
 public:
  // Watches /run/bulkhead/containers, which is made where it is missing. Error: io.
  [[nodiscard]] static base::Result<RecordChanges> open(const base::Paths& paths);
  [[nodiscard]] int fd() const { return fd_.get(); }

  struct Changes {
    std::vector<std::string> names;  // files that were written or removed
    bool all = false;                // everything has to be read again
  };
  // What happened since the last call, without waiting.
  [[nodiscard]] base::Result<Changes> read();

 private:
  RecordChanges(base::UniqueFd fd, std::string directory, std::string ended)
      : fd_(std::move(fd)), directory_(std::move(directory)), ended_(std::move(ended)) {}
  [[nodiscard]] base::Result<void> watch();
  base::UniqueFd fd_;
  std::string directory_;
  std::string ended_;
};

struct ReadContainer {
  audit::KnownContainer container;
  bool ended = false;
};
// The record of that file name as a container to name denials after: of one that is there, or of
// one that ended, which is removed. Nothing when there is neither, or no record.
[[nodiscard]] std::optional<ReadContainer> read_known_container(const base::Paths& paths,
                                                                const std::string& name);

// A record as a container, with its control group only where that is its own: an init that shares
// the one of its parent would give its name to the engine.
[[nodiscard]] audit::KnownContainer known_container(const audit::ContainerRecord& record);

}  // namespace bulkhead::watch
