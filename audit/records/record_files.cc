// The directory of records: writing, replacing, listing and cleaning.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "audit/records/record.h"
#include "audit/records/watch_lock.h"
#include "base/directory.h"
#include "base/files.h"
#include "base/process_stat.h"
#include "base/text.h"

namespace bulkhead::audit {

using base::cat;
using base::ErrorCode;
using base::fail_errno;
using base::Result;

namespace {

constexpr std::size_t kMaxRecordBytes = 256 << 10;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string directory_of(const base::Paths& paths) { return paths.state + "/containers"; }

// Names in the directory that `wanted` accepts.
std::vector<std::string> names_in(const std::string& path, bool (*wanted)(std::string_view)) {
  std::vector<std::string> names = base::names_in(base::Directory(path));
  std::erase_if(names, [&](const std::string& name) { return !wanted(name); });
  return names;
}

bool is_record_name(std::string_view name) {
  return name.ends_with(".json") && !name.starts_with('.');
}

// Every temporary is ".<name>.bulkhead", locked while it is written (base/files.h).
constexpr std::string_view kTemporarySuffix = ".bulkhead";
bool is_temporary_name(std::string_view name) {
  return name.starts_with('.') && name.ends_with(kTemporarySuffix);
}

Result<ContainerRecord> read_record(int directory, const std::string& name) {
  auto content = base::read_file_at(directory, name, {.max_bytes = kMaxRecordBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  return parse_record(std::move(content->bytes), name);
}

Result<base::UniqueFd> write_locked_file(int directory, const std::string& name,
                                         std::string_view bytes) {
  base::UniqueFd file(::openat(directory, name.c_str(),
                               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.valid()) return fail_errno(ErrorCode::io, "create", name);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return fail_errno(ErrorCode::io, "lock", name);
  if (auto written = base::write_all(file.get(), bytes, name); !written) {
    ::unlinkat(directory, name.c_str(), 0);
    return std::unexpected(std::move(written.error()));
  }
  return file;
}

}  // namespace

Result<void> write_record(const base::Paths& paths, const ContainerRecord& record) {
  const std::string path = directory_of(paths);
  auto opened = base::open_directory(path);
  if (!opened) {
    if (auto made = base::make_directories(path, kDirectoryMode); !made) return made;
    opened = base::open_directory(path);
  }
  if (!opened) return std::unexpected(std::move(opened.error()));
  // /run does not outlive the boot, so nothing waits for a disk.
  return base::replace_file_at(opened->get(), record_file_name(record.identity.id), to_json(record),
                               {.mode = kFileMode, .durable = false});
}

Result<bool> update_record(const base::Paths& paths, const ContainerRecord& record) {
  const auto opened = base::open_directory(directory_of(paths));
  if (!opened) return std::unexpected(opened.error());
  const std::string name = record_file_name(record.identity.id);
  const std::string temporary = cat('.', name, ".update", kTemporarySuffix);
  const auto written = write_locked_file(opened->get(), temporary, to_json(record));
  if (!written) return std::unexpected(written.error());
  // An exchange needs both names: it fails where poststop removed the record meanwhile.
  const int exchanged =
      ::renameat2(opened->get(), temporary.c_str(), opened->get(), name.c_str(), RENAME_EXCHANGE);
  const int why = errno;
  ::unlinkat(opened->get(), temporary.c_str(), 0);
  if (exchanged == 0) return true;
  if (why == ENOENT) return false;
  errno = why;
  return fail_errno(ErrorCode::io, "replace", name);
}

Result<bool> remove_record(const base::Paths& paths, std::string_view container_id) {
  const std::string name = record_file_name(container_id);
  const std::string path = cat(directory_of(paths), '/', name);
  if (hand_to_watcher(paths, path, name)) return true;
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return fail_errno(ErrorCode::io, "remove", path);
}

Result<std::optional<ContainerRecord>> read_record(const base::Paths& paths,
                                                   std::string_view container_id) {
  const std::string path = directory_of(paths);
  const std::string name = record_file_name(container_id);
  if (!base::file_exists_at(AT_FDCWD, cat(path, "/", name))) return std::nullopt;
  const auto directory = base::open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  auto record = read_record(directory->get(), name);
  if (!record) return std::unexpected(std::move(record.error()));
  return *std::move(record);
}

Result<RecordList> read_records(const base::Paths& paths) {
  RecordList list;
  const std::string path = directory_of(paths);
  if (!base::file_exists_at(AT_FDCWD, path)) return list;
  const auto opened = base::open_directory(path);
  if (!opened) return std::unexpected(opened.error());
  for (const std::string& name : names_in(path, is_record_name)) {
    if (auto record = read_record(opened->get(), name)) {
      list.records.push_back(std::move(*record));
    } else if (base::file_exists_at(opened->get(), name)) {  // else it was removed meanwhile
      list.unreadable.push_back(std::move(record.error()));
    }
  }
  std::ranges::sort(list.records, {}, &ContainerRecord::created);
  return list;
}

bool is_stale(const ContainerRecord& record, const std::string& proc_root) {
  if (record.pid <= 0) return false;
  const auto process = base::read_process_stat(record.pid, proc_root);
  return !process || process->start_time != record.start_time;
}

unsigned remove_stale_records(const base::Paths& paths, unsigned limit,
                              const std::string& proc_root) {
  const std::string path = directory_of(paths);
  const auto opened = base::open_directory(path);
  if (!opened) return 0;
  for (const std::string& temporary : names_in(path, is_temporary_name)) {
    const std::size_t end = temporary.size() - kTemporarySuffix.size();
    base::remove_stale_temporary(opened->get(), temporary.substr(1, end - 1));
  }
  // Another part of many records each time, so that each gets its turn.
  auto names = names_in(path, is_record_name);
  if (names.empty()) return 0;
  const std::size_t first = static_cast<std::size_t>(::getpid()) % names.size();
  std::ranges::rotate(names, names.begin() + static_cast<std::ptrdiff_t>(first));
  names.resize(std::min<std::size_t>(names.size(), limit));
  return static_cast<unsigned>(std::ranges::count_if(names, [&](const std::string& name) {
    const auto record = read_record(opened->get(), name);
    if (!record || !is_stale(*record, proc_root)) return false;
    return hand_to_watcher(paths, cat(path, '/', name), name) ||
           ::unlinkat(opened->get(), name.c_str(), 0) == 0;
  }));
}

}  // namespace bulkhead::audit
