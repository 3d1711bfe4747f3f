#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "kernel/probes/child_output.h"
#include "kernel/probes/probe.h"
#include "kernel/probes/runtime_features.h"

namespace bulkhead::kernel {

namespace {

using base::cat;
using base::Result;
using policy::RuntimeFeatures;

constexpr std::size_t kMaxEntryBytes = 1 << 20;

// mtime can be set to what it was, ctime cannot.
Result<std::string> key_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) {
    return base::fail_errno(base::ErrorCode::runtime, "find the runtime", path);
  }
  return cat(path, "|", status.st_dev, "|", status.st_ino, "|", status.st_size, "|",
             status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec, "|", status.st_ctim.tv_sec, ".",
             status.st_ctim.tv_nsec);
}

// Only what no one else could have written is believed.
bool is_ours_alone(const struct stat& status) {
  return status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// One entry a path: the key inside says which file was asked, so what two paths share by accident
// is asked for again and never mistaken.
std::string entry_name(std::string_view runtime_path) {
  constexpr std::size_t kLongest = 200;  // NAME_MAX less what is added
  std::string name(
      runtime_path.substr(runtime_path.size() - std::min(runtime_path.size(), kLongest)));
  std::ranges::replace(name, '/', '-');
  return cat("runtime", name, ".json");
}

// The path is all of a key before the first separator, as key_of() writes it.
bool is_same_file(std::string_view key) {
  const auto now = key_of(std::string(key.substr(0, key.find('|'))));
  return now && *now == key;
}

// What was seen with another libseccomp is not known of this one.
std::optional<CacheEntry> cached(const std::string& path, std::string_view key) {
  auto file = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxEntryBytes});
  if (!file || !is_ours_alone(file->status)) return std::nullopt;
  auto entry = from_cache_entry(std::move(file->bytes), key);
  if (entry && !entry->library_key.empty() && !is_same_file(entry->library_key)) {
    entry->features.log_flag = policy::LogFlag::unseen;
    entry->library_key.clear();
  }
  return entry;
}

// Not being able to is no error: the next start asks again.
void keep(const std::string& directory, const std::string& name, std::string_view entry) {
  if (!base::make_directories(directory, 0700)) return;
  const auto opened = base::open_directory(directory);
  if (!opened) return;
  (void)base::replace_file_at(opened->get(), name, entry, {.mode = 0600, .durable = false});
}

struct Answer {
  RuntimeFeatures features;
  bool complete = true;  // false: a deadline passed, so the next start asks again
};

// A program that fails, hangs or prints something else has no such command.
std::optional<RuntimeFeatures> features_in(ChildOutput output) {
  if (!output.succeeded || output.truncated) return std::nullopt;
  auto features = parse_features(std::move(output.standard_output));
  if (!features) return std::nullopt;
  return *std::move(features);
}

Result<Answer> ask(const std::string& path) {
  const auto version = child_output({path, "--version"});
  if (!version) return std::unexpected(version.error());
  auto output = child_output({path, "features"});
  if (!output) return std::unexpected(output.error());
  const bool complete = !version->timed_out && !output->timed_out;
  std::string family = runtime_family(version->standard_output);
  RuntimeFeatures features = features_in(*std::move(output)).value_or(RuntimeFeatures());
  add_family(features, std::move(family));
  features.version = runtime_version(version->standard_output);
  return Answer{std::move(features), complete};
}

struct CachePlace {
  std::string directory;
  std::string name;
  std::string key;
  [[nodiscard]] std::string path() const { return cat(directory, "/", name); }
};

Result<CachePlace> place_of(const std::string& runtime_path, const std::string& cache_directory) {
  auto key = key_of(runtime_path);
  if (!key) return std::unexpected(std::move(key.error()));
  return CachePlace{cache_directory + "/runtimes", entry_name(runtime_path), *std::move(key)};
}

}  // namespace

Result<RuntimeFeatures> probe_runtime(const std::string& runtime_path,
                                      const std::string& cache_directory) {
  const auto place = place_of(runtime_path, cache_directory);
  if (!place) return std::unexpected(place.error());
  if (auto entry = cached(place->path(), place->key)) return std::move(entry->features);
  auto answer = ask(runtime_path);
  if (!answer) return std::unexpected(answer.error());
  if (answer->complete) {
    keep(place->directory, place->name, to_cache_entry({answer->features, {}}, place->key));
  }
  return std::move(answer->features);
}

void remember_log_flag(const std::string& runtime_path, const std::string& cache_directory,
                       policy::LogFlag seen, const std::string& libseccomp) {
  const auto place = place_of(runtime_path, cache_directory);
  if (!place) return;
  auto entry = cached(place->path(), place->key);
  if (!entry) return;
  entry->features.log_flag = seen;
  if (!libseccomp.empty()) entry->library_key = key_of(libseccomp).value_or("");
  keep(place->directory, place->name, to_cache_entry(*entry, place->key));
}

}  // namespace bulkhead::kernel
