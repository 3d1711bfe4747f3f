// Containers whose denials the kernel does not record, with the cause: what cannot be told is as
// much of an answer as what is told.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/events/event.h"
#include "audit/records/record.h"
#include "base/error.h"
#include "base/paths.h"
#include "cli/denials/denial_query.h"

namespace bulkhead::cli {

// Names by the cause, as records and events have it: "the runtime takes no …".
using UnloggedContainers = std::map<std::string, std::vector<std::string>>;

// Of those that run and are asked for.
[[nodiscard]] UnloggedContainers unlogged_containers(
    const std::vector<audit::ContainerRecord>& records, const DenialQuery& query,
    const audit::EngineNames& names);

// What the log of events says of those that have ended, and of processes that joined one. Fed with
// the events in their order.
class UnloggedEvents {
 public:
  void add(const audit::Event& event);
  // But of the containers that run, whose records say more.
  [[nodiscard]] UnloggedContainers containers(const std::vector<audit::ContainerRecord>& running,
                                              const audit::EngineNames& names) const;

 private:
  struct Told {
    policy::Identity identity;
    bool exec = false;
    std::string why;
  };
  std::map<std::string, Told> told_;
};

// One sentence for people; empty for none.
[[nodiscard]] std::string unlogged_sentence(const UnloggedContainers& containers);

// Of all that is asked for. Containers that have ended are looked for only where a container, a
// namespace or a time is asked for. A state or a log that cannot be read tells nothing: that is
// another command's concern.
[[nodiscard]] std::string unlogged_sentence_for(const DenialQuery& query, const base::Paths& paths,
                                                const audit::EngineNames& names);

}  // namespace bulkhead::cli
