#include "watch/record_changes.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "audit/records/record.h"
#include "audit/records/watch_lock.h"
#include "base/directory.h"
#include "base/files.h"
#include "base/process_stat.h"
#include "base/text.h"
#include "kernel/observe/observe.h"

namespace bulkhead::watch {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr int kAttempts = 8;
constexpr mode_t kDirectoryMode = 0700;  // as audit/records/record.h makes it

std::string directory_of(const base::Paths& paths) { return paths.state + "/containers"; }

}  // namespace

Result<RecordChanges> RecordChanges::open(const base::Paths& paths) {
  base::UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd.valid()) return base::fail_errno(ErrorCode::io, "watch", directory_of(paths));
  RecordChanges changes(std::move(fd), directory_of(paths), audit::ended_records_directory(paths));
  if (auto watched = changes.watch(); !watched) return std::unexpected(std::move(watched.error()));
  // What a watcher that was killed did not read yet.
  for (const std::string& name : base::names_in(base::Directory(changes.ended_))) {
    ::unlink(cat(changes.ended_, '/', name).c_str());
  }
  return changes;
}

Result<void> RecordChanges::watch() {
  for (const std::string& directory : {directory_, ended_}) {
    if (auto made = base::make_directories(directory, kDirectoryMode); !made) return made;
  }
  constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE |
                                    IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (::inotify_add_watch(fd_.get(), directory_.c_str(), kEvents) >= 0) return {};
  return base::fail_errno(ErrorCode::io, "watch", directory_);
}

Result<RecordChanges::Changes> RecordChanges::read() {
  Changes changes;
  alignas(inotify_event) char buffer[16 * 1024];
  while (true) {
    const ssize_t size = ::read(fd_.get(), buffer, sizeof buffer);
    if (size < 0 && errno != EAGAIN && errno != EINTR) {
      return base::fail_errno(ErrorCode::io, "watch", directory_);
    }
    if (size <= 0) break;
    for (const char* at = buffer; at < buffer + size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) changes.all = true;
      if (event->len == 0) continue;
      const std::string_view name = event->name;
      const bool is_record = name.ends_with(".json") && !name.starts_with('.');
      if (is_record && (changes.names.empty() || changes.names.back() != name)) {
        changes.names.emplace_back(name);
      }
    }
  }
  // The directory was removed: watch the one that takes its place.
  if (changes.all) {
    if (auto watched = watch(); !watched) return std::unexpected(std::move(watched.error()));
  }
  return changes;
}

audit::KnownContainer known_container(const audit::ContainerRecord& record) {
  audit::KnownContainer container{.identity = record.identity,
                                  .file = record.file,
                                  .pid = record.pid,
                                  .start_time = record.start_time,
                                  .bundle = record.bundle,
                                  .seccomp = record.seccomp,
                                  .apparmor = record.apparmor};
  const auto process = base::read_process_stat(record.pid);
  const pid_t parent = process ? process->parent : 0;
  const bool shares = parent > 0 && kernel::read_cgroup(parent) == record.cgroup;
  if (record.cgroup != "/" && parent > 0 && !shares) container.cgroup = record.cgroup;
  return container;
}

namespace {

Result<audit::ContainerRecord> read_record_file(const std::string& path) {
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = audit::kMaxRecordBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  auto record = audit::parse_record(std::move(content->bytes), path);
  if (record) record->file = path.substr(path.rfind('/') + 1);
  return record;
}

}  // namespace

std::optional<ReadContainer> read_known_container(const base::Paths& paths,
                                                  const std::string& name) {
  const std::string current = cat(directory_of(paths), '/', name);
  const std::string ended = cat(audit::ended_records_directory(paths), '/', name);
  // A file that is replaced or moved while it is read is refused: look again.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (const auto record = read_record_file(current)) {
      return ReadContainer{known_container(*record), false};
    }
    if (const auto record = read_record_file(ended)) {
      ::unlink(ended.c_str());
      return ReadContainer{known_container(*record), true};
    }
    if (!base::file_exists_at(AT_FDCWD, current) && !base::file_exists_at(AT_FDCWD, ended)) break;
  }
  ::unlink(ended.c_str());
  return std::nullopt;
}

}  // namespace bulkhead::watch
