#include "record/keeping/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "record/values/record_json.h"

namespace bulkhead::record {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

namespace {

constexpr std::string_view kEnding = ".json";
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr int kAttempts = 200;
constexpr unsigned kPauseMicroseconds = 50'000;

std::string file_name(std::string_view name) { return cat(name, kEnding); }
std::string path_of(const base::Paths& paths, std::string_view name) {
  return cat(record_directory(paths), '/', file_name(name));
}

Result<void> wait_for(const UniqueFd& lock, const std::string& path) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return base::fail_errno(ErrorCode::io, "lock", path);
    ::usleep(kPauseMicroseconds);
  }
  return base::fail(ErrorCode::io,
                    cat("another process has held ", base::quoted(path), " for ten seconds"),
                    "find it with `fuser`, and try again when it has ended");
}

std::string known_names(const base::Paths& paths, std::string_view name) {
  const std::vector<std::string> names = record_names(paths);
  if (names.empty()) return "there are none; `bulkhead record start` makes one";
  const auto near = base::nearest(name, {names.begin(), names.end()});
  return near ? cat("did you mean ", base::quoted(*near), '?')
              : cat("there are ", base::join(names, ", "));
}

}  // namespace

std::string record_directory(const base::Paths& paths) { return paths.log + "/record"; }

Result<UniqueFd> lock_records(const base::Paths& paths) {
  if (auto made = base::make_directories(record_directory(paths), kDirectoryMode); !made) {
    return std::unexpected(std::move(made.error()));
  }
  const std::string path = record_directory(paths) + "/.lock";
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!lock.valid()) return base::fail_errno(ErrorCode::io, "open", path);
  if (auto locked = wait_for(lock, path); !locked) {
    return std::unexpected(std::move(locked.error()));
  }
  return lock;
}

Result<std::optional<Record>> read_record(const base::Paths& paths, std::string_view name) {
  if (auto checked = check_name(name); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const std::string path = path_of(paths, name);
  if (base::is_absent_at(AT_FDCWD, path)) return std::nullopt;
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxRecordBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  auto record = parse_record(std::move(content->bytes), path);
  if (!record) return std::unexpected(std::move(record.error()));
  if (record->name != name) {
    return base::fail(ErrorCode::invalid_input,
                      cat(base::quoted(path), " holds the record ", base::quoted(record->name)),
                      "give the file its own name back, or remove it");
  }
  return std::optional(*std::move(record));
}

Result<Record> read_existing(const base::Paths& paths, std::string_view name) {
  auto record = read_record(paths, name);
  if (!record) return std::unexpected(std::move(record.error()));
  if (*record) return **std::move(record);
  return base::fail(ErrorCode::usage, cat("there is no record ", base::quoted(name)),
                    known_names(paths, name));
}

Result<void> write_record(const base::Paths& paths, Record record) {
  if (auto checked = check_name(record.name); !checked) return checked;
  bound(record);
  const std::string path = record_directory(paths);
  if (auto made = base::make_directories(path, kDirectoryMode); !made) return made;
  const auto directory = base::open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  return base::replace_file_at(directory->get(), file_name(record.name), to_json(record),
                               {.mode = kFileMode});
}

Result<bool> remove_record(const base::Paths& paths, std::string_view name) {
  if (auto checked = check_name(name); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  const std::string path = path_of(paths, name);
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return base::fail_errno(ErrorCode::io, "remove", path);
}

std::vector<std::string> record_names(const base::Paths& paths) {
  std::vector<std::string> names;
  for (std::string& file : base::names_in(base::Directory(record_directory(paths)))) {
    if (!file.ends_with(kEnding)) continue;
    file.resize(file.size() - kEnding.size());
    if (check_name(file)) names.push_back(std::move(file));
  }
  return names;
}

}  // namespace bulkhead::record
