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

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string directory_of(const base::Paths& paths) { return paths.state + "/containers"; }

bool is_record_name(std::string_view name) {
  return name.ends_with(".json") && !name.starts_with('.');
}

// Every temporary is ".<name>.bulkhead", locked while it is written (base/files.h).
constexpr std::string_view kTemporarySuffix = ".bulkhead";
bool is_temporary_name(std::string_view name) {
  return name.starts_with('.') && name.ends_with(kTemporarySuffix);
}

// What is in the directory, sorted.
struct Names {
  std::vector<std::string> records;
  std::vector<std::string> temporaries;
};

Names listing_of(base::Directory& directory) {
  Names names;
  while (const dirent* entry = directory.next()) {
    const std::string_view name = entry->d_name;
    if (is_record_name(name)) names.records.emplace_back(name);
    if (is_temporary_name(name)) names.temporaries.emplace_back(name);
  }
  std::ranges::sort(names.records);
  std::ranges::sort(names.temporaries);
  return names;
}

Result<ContainerRecord> read_record(int directory, const std::string& name) {
  auto content = base::read_file_at(directory, name, {.max_bytes = kMaxRecordBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  auto record = parse_record(std::move(content->bytes), name);
  if (record) record->file = name;
  return record;
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

// Makes the file, whole at once, where nothing bears that name; returns whether nothing did.
Result<bool> create_file(int directory, const std::string& name, std::string_view bytes) {
  const base::UniqueFd file(::openat(directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, kFileMode));
  if (!file.valid()) return fail_errno(ErrorCode::io, "create", name);
  if (auto written = base::write_all(file.get(), bytes, name); !written) {
    return std::unexpected(std::move(written.error()));
  }
  const std::string unnamed = cat("/proc/self/fd/", file.get());
  if (::linkat(AT_FDCWD, unnamed.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return true;
  }
  return errno == EEXIST ? Result<bool>(false) : fail_errno(ErrorCode::io, "create", name);
}

// Where the first name is taken: the same container's record is replaced, another's is not.
std::string name_beside(int directory, const ContainerRecord& record, std::string first) {
  const auto there = read_record(directory, first);
  return there && is_same_container(*there, record) ? std::move(first)
                                                    : second_record_file_name(record);
}

Result<base::UniqueFd> open_or_make(const std::string& path) {
  auto opened = base::open_directory(path);
  if (opened) return opened;
  if (auto made = base::make_directories(path, kDirectoryMode); !made) {
    return std::unexpected(std::move(made.error()));
  }
  return base::open_directory(path);
}

}  // namespace

// /run does not outlive the boot, so nothing waits for a disk.
Result<void> write_record(const base::Paths& paths, ContainerRecord& record) {
  const auto directory = open_or_make(directory_of(paths));
  if (!directory) return std::unexpected(directory.error());
  const std::string json = to_json(record);
  record.file = record_file_name(record.identity.id);
  const auto created = create_file(directory->get(), record.file, json);
  if (created && *created) return {};
  // It is there, or the file system has no files without a name.
  if (base::file_exists_at(directory->get(), record.file)) {
    record.file = name_beside(directory->get(), record, std::move(record.file));
  }
  auto replaced = base::replace_file_at(directory->get(), record.file, json,
                                        {.mode = kFileMode, .durable = false});
  if (!replaced) record.file.clear();
  return replaced;
}

Result<bool> update_record(const base::Paths& paths, const ContainerRecord& record) {
  const std::string& name = record.file;
  if (name.empty()) return base::fail(ErrorCode::io, "it could not be written");
  const auto opened = base::open_directory(directory_of(paths));
  if (!opened) return std::unexpected(opened.error());
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

Result<bool> remove_record(const base::Paths& paths, const ContainerRecord& record) {
  const std::string& name = record.file;
  if (name.empty()) return false;
  const std::string path = cat(directory_of(paths), '/', name);
  if (hand_to_watcher(paths, path, name)) return true;
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return fail_errno(ErrorCode::io, "remove", path);
}

std::vector<ContainerRecord> records_named(const base::Paths& paths,
                                           std::string_view container_id) {
  const std::string first = record_file_name(container_id);
  const std::string others = cat(std::string_view(first).substr(0, first.rfind('.')), '@');
  base::Directory directory(directory_of(paths));
  std::vector<ContainerRecord> found;
  for (const std::string& name : listing_of(directory).records) {
    if (name != first && !name.starts_with(others)) continue;
    auto record = read_record(directory.fd(), name);
    if (record && record->identity.id == container_id) found.push_back(std::move(*record));
  }
  return found;
}

Result<RecordList> read_records(const base::Paths& paths) {
  RecordList list;
  const std::string path = directory_of(paths);
  if (base::is_absent_at(AT_FDCWD, path)) return list;
  base::Directory directory(path);
  if (!directory.valid()) return fail_errno(ErrorCode::io, "open directory", path);
  for (const std::string& name : listing_of(directory).records) {
    if (auto record = read_record(directory.fd(), name)) {
      list.records.push_back(std::move(*record));
    } else if (base::file_exists_at(directory.fd(), name)) {  // else it was removed meanwhile
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
  base::Directory directory(path);
  auto [names, temporaries] = listing_of(directory);
  for (const std::string& temporary : temporaries) {
    const std::size_t end = temporary.size() - kTemporarySuffix.size();
    base::remove_stale_temporary(directory.fd(), temporary.substr(1, end - 1));
  }
  // Another part of many records each time, so that each gets its turn.
  if (names.empty()) return 0;
  const std::size_t first = static_cast<std::size_t>(::getpid()) % names.size();
  std::ranges::rotate(names, names.begin() + static_cast<std::ptrdiff_t>(first));
  names.resize(std::min<std::size_t>(names.size(), limit));
  return static_cast<unsigned>(std::ranges::count_if(names, [&](const std::string& name) {
    const auto record = read_record(directory.fd(), name);
    if (!record || !is_stale(*record, proc_root)) return false;
    return hand_to_watcher(paths, cat(path, '/', name), name) ||
           ::unlinkat(directory.fd(), name.c_str(), 0) == 0;
  }));
}

}  // namespace bulkhead::audit
