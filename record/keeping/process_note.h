// What the gate writes down of a process that it lets go under record, before the first instruction
// of it: /run/bulkhead/record/NAME/<pid>-<start time>.json, for root alone. By these notes the
// calls that the kernel counts and logs find their container.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "policy/values/identity.h"
#include "record/values/record.h"

namespace bulkhead::record {

struct ProcessNote {
  std::string record;  // its name
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // field 22 of /proc/<pid>/stat
  bool by_exec = false;          // it joined a container that ran
  Time time = 0;                 // when it was let go
  policy::Identity identity;     // id, namespace, pod, container and image are kept
  std::string runtime;
  std::string door;  // "shim", "hook"
  How how = How::none;
  std::string why;                 // what could not be had; empty where all is well
  std::string governs;             // the AppArmor profile that confines it
  std::string recorder;            // the one that records beside; empty where there is none,
  std::string apparmor_why;        // and why
  std::uint64_t capabilities = 0;  // its bounding set
  bool watched = false;            // `bulkhead watch` ran
  bool operator==(const ProcessNote&) const = default;
};

// "web/4711-123456": one process of one boot.
[[nodiscard]] std::string key_of(const ProcessNote& note);

[[nodiscard]] std::string to_json(const ProcessNote& note);
// Error: invalid_input.
[[nodiscard]] base::Result<ProcessNote> parse_note(std::string text, std::string_view described);

[[nodiscard]] std::string notes_directory(const base::Paths& paths);  // of all records
// Errors: io.
[[nodiscard]] base::Result<void> write_note(const base::Paths& paths, const ProcessNote& note);
void remove_note(const base::Paths& paths, const ProcessNote& note);

// All of the node, sorted by key. What cannot be read is left out and counted.
struct Notes {
  std::vector<ProcessNote> list;
  unsigned unreadable = 0;
};
[[nodiscard]] Notes read_notes(const base::Paths& paths);
// That of the first process of the container that runs under this id in this record.
[[nodiscard]] std::optional<ProcessNote> find_running(const base::Paths& paths,
                                                      std::string_view record,
                                                      std::string_view container_id);

// The note of the first process of its container: a process that joined belongs to the container of
// its id that began last before it. The note itself where it is the first one, and where there is
// no other.
[[nodiscard]] const ProcessNote& first_of(const ProcessNote& note,
                                          const std::vector<ProcessNote>& notes);

// Whether the process of the note still runs.
[[nodiscard]] bool runs(const ProcessNote& note);

}  // namespace bulkhead::record
