// What AppArmor records of containers whose label is a stack with a recording profile
// (policy/values/apparmor_recorder.h) goes into their records, and is then allowed by that profile,
// so that the kernel does not record it again.
//
// What the confining profile denies did not take place: its own record tells, which comes first,
// and such an access is left out. A plain `deny` leaves none, so the kernel is asked, and the
// access is told as a denied one. What the kernel cannot be asked about stays in, and the
// container's record says so.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/denials/kernel_record.h"
#include "base/paths.h"
#include "kernel/apparmor/apparmor_places.h"
#include "record/keeping/collect.h"
#include "record/keeping/process_note.h"
#include "record/values/access.h"

namespace bulkhead::watch {

class AccessKeeper {
 public:
  explicit AccessKeeper(const base::Paths& paths);

  // Whether the record is about a recording profile, so that it is no denial.
  bool take(const audit::AppArmorRecord& facts, const audit::RecordStamp& stamp, pid_t process);

  // What was taken, by the notes of the containers. Of a container whose note is still to come it
  // is kept.
  void hand_over(const std::vector<record::ProcessNote>& notes, record::LoggedByNote& logged);

  // Once the records have it: at most one recording profile learns what is known by now, and those
  // of containers that ended are taken away.
  void tidy(const std::vector<record::ProcessNote>& notes, std::uint64_t now_ns);
  void keep_house() const;  // the last of this alone

 private:
  struct Recorder {
    record::Accesses waiting;  // to be handed over
    std::uint64_t beyond = 0;  // for which there was no place
    record::Accesses allowed;  // by the confining profile, as it said
    record::Accesses denied;
    std::string unasked;            // why it could not say of one
    bool has_new = false;           // that its profile does not allow yet
    std::uint64_t learn_at_ns = 0;  // no sooner
    std::uint64_t pause_ns = 0;     // doubled each time
    std::uint64_t handed_over = 0;  // how often nobody asked for it
  };
  // A denial of a confining profile, as far as the recording one says the same of it.
  struct Denied {
    pid_t process = 0;
    std::string what;
  };

  [[nodiscard]] bool was_denied(const audit::AppArmorRecord& facts, pid_t process) const;
  [[nodiscard]] bool is_allowed(const record::ProcessNote& note, const record::Access& access,
                                Recorder& recorder) const;
  void hand_over(const record::ProcessNote& note, Recorder& recorder, record::Logged& logged) const;
  void learn(const record::ProcessNote& note, Recorder& recorder, std::uint64_t now_ns) const;

  const base::Paths paths_;
  const kernel::AppArmorPlaces places_;
  std::map<std::string, Recorder> recorders_;  // by name
  std::deque<Denied> denied_;                  // the last ones
};

}  // namespace bulkhead::watch
