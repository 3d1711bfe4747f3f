// The record of a container: /run/bulkhead/containers/<id>.json, what was planned, what the kernel
// proved and when. docs/gate.md describes every field.
//
// A record never decides whether a container runs: what it says was proved by the kernel, and
// `bulkhead verify` asks the kernel again. The directory is on a tmpfs, so that nothing outlives a
// boot; what a crash left behind within one boot is recognised by pid and start time.
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

namespace bulkhead::audit {

enum class RecordState : std::uint8_t {
  held,       // the gate holds the init; its program has not started
  proved,     // the kernel confirmed the plan before the first instruction
  installed,  // the gate installed the filter, and it was then proved
  observed,   // mode observe: something else than planned holds, and it was let go
  unproved,   // the policy asked for no proof
};
[[nodiscard]] std::string_view name_of(RecordState state);

struct RecordedReason {
  std::string subject;
  std::string sentence;
  std::string because;
  bool operator==(const RecordedReason&) const = default;
};

inline constexpr const char* kLoadedByGate = "gate";

struct ContainerRecord {
  policy::Identity identity;
  RecordState state = RecordState::held;
  std::string time;              // RFC 3339, of `state`
  std::string created;           // RFC 3339, when the hook ran
  std::string source;            // who wrote it: "hook createRuntime", "gate"
  pid_t pid = 0;                 // the container's init, on the host
  std::uint64_t start_time = 0;  // /proc/<pid>/stat field 22
  pid_t gate_pid = 0;            // while state is held
  std::string bundle;
  std::string cgroup;  // as /proc/<pid>/cgroup names it
  // What holds.
  std::string seccomp;                 // "runtime/default", "localhost/…", "config", "unconfined"
  std::string seccomp_profile_sha256;  // of the expanded profile as linux.seccomp
  std::string seccomp_program_sha256;  // of the compiled program
  std::string seccomp_stack_sha256;    // of all filters that held at the proof
  std::string seccomp_loader;          // kLoadedByGate where the runtime was told of no filter
  std::string seccomp_proof;           // policy::name_of(FilterProof)
  std::string seccomp_unlogged;   // why the kernel does not log what the filter denies; or empty
  std::string apparmor;           // label that confines; empty where none is demanded
  std::string apparmor_recorder;  // the profile that records beside it; or empty
  bool no_new_privileges = false;
  std::uint64_t stopped_us = 0;  // how long the init was stopped at its execve(2)
  std::string message;           // observe mode: what enforce would have done
  std::vector<RecordedReason> reasons;
  std::size_t omitted = 0;  // texts and reasons that were too long or too many to be written
  std::string file;  // its name in the directory, set by reading and writing it; empty: in none
  bool operator==(const ContainerRecord&) const = default;
};

// The file name of a container's record: "<id>.json" when the id is [A-Za-z0-9_.+-]{1,200} and does
// not begin with a dot, else "sha256-<digest of the id>.json".
[[nodiscard]] std::string record_file_name(std::string_view container_id);

// The name where another container of the same id has that one: "<id>@<digest>.json", with a digest
// of what makes the id one container's, the runtime's root and the bundle.
[[nodiscard]] std::string second_record_file_name(const ContainerRecord& record);

// Whether both are about one container, in whatever state: its id, the runtime's root, the bundle.
[[nodiscard]] bool is_same_container(const ContainerRecord& one, const ContainerRecord& other);

// At most kMaxRecordBytes. Who the container is, its process and its state are always there; of the
// rest what is too long, or does not fit, is left out and counted in `omitted`.
inline constexpr std::size_t kMaxRecordBytes = 256 << 10;
[[nodiscard]] std::string to_json(const ContainerRecord& record);
// Errors: invalid_input with pointer and line.
[[nodiscard]] base::Result<ContainerRecord> parse_record(std::string text,
                                                         std::string_view described);

// Creates the container's record, or replaces it, and sets its file (to none where it fails). A
// record of another container of the same id is left alone. Error: io.
[[nodiscard]] base::Result<void> write_record(const base::Paths& paths, ContainerRecord& record);

// Replaces a record that is there and creates none: a container that ended meanwhile stays removed.
// Returns whether there was one. Error: io, also for a record that could not be written at first.
[[nodiscard]] base::Result<bool> update_record(const base::Paths& paths,
                                               const ContainerRecord& record);

// Removes it; returns whether there was one.
[[nodiscard]] base::Result<bool> remove_record(const base::Paths& paths,
                                               const ContainerRecord& record);

// The records of every container of that id; one that cannot be read is left out.
[[nodiscard]] std::vector<ContainerRecord> records_named(const base::Paths& paths,
                                                         std::string_view container_id);

struct RecordList {
  std::vector<ContainerRecord> records;  // sorted by creation time
  std::vector<base::Error> unreadable;   // files that are no records, each named
};
// A directory that is not there holds no records.
[[nodiscard]] base::Result<RecordList> read_records(const base::Paths& paths);

// Whether the record's process is gone: no such pid, or one with another start time.
[[nodiscard]] bool is_stale(const ContainerRecord& record, const std::string& proc_root = "/proc");

// Removes the records of processes that are gone, with at most `limit` records looked at (another
// part of them each time), and the temporaries that killed writers left. Returns how many records
// were removed; errors are no concern of a start.
unsigned remove_stale_records(const base::Paths& paths, unsigned limit,
                              const std::string& proc_root = "/proc");

}  // namespace bulkhead::audit
