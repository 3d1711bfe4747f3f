// The recording profiles of the node's containers (kernel/apparmor/recording_profile.h), each for
// as long as a process lives that holds it: the runtime that starts the container, its gate, its
// first process. Who they are stands in /run/bulkhead/recorders/NAME, for root alone.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/paths.h"
#include "kernel/apparmor/apparmor_places.h"

namespace bulkhead::record {

// Loads one for a container of the record that is about to start, held by this process; `rules` as
// of kernel::RecorderOrder. Returns its name. Errors: io; those of kernel::load_recorder().
[[nodiscard]] base::Result<std::string> load_new_recorder(const base::Paths& paths,
                                                          const kernel::AppArmorPlaces& places,
                                                          std::string_view record,
                                                          const std::string& rules);

// Where AppArmor's things are for a node with these paths, as far as recording needs them.
[[nodiscard]] kernel::AppArmorPlaces recorder_places(const base::Paths& paths);

// The same with other rules. Nothing where it is not held any more.
[[nodiscard]] base::Result<void> reload_recorder(const base::Paths& paths,
                                                 const kernel::AppArmorPlaces& places,
                                                 const std::string& name, std::string_view record,
                                                 const std::string& rules);

// It records nothing any more, for whom it is loaded still. What fails only costs the container.
void silence_recorder(const base::Paths& paths, const kernel::AppArmorPlaces& places,
                      const std::string& name, std::string_view record);

// This process holds it as well.
void hold_recorder(const base::Paths& paths, const std::string& name, pid_t process);

// Takes away those that nobody holds. What cannot be taken away is tried again the next time.
void remove_ended_recorders(const base::Paths& paths, const kernel::AppArmorPlaces& places);

}  // namespace bulkhead::record
