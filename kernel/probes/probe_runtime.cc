#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

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

Result<std::string> key_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) < 0) {
    return base::fail_errno(base::ErrorCode::runtime, "find the runtime", path);
  }
  return cat(path, "|", status.st_dev, "|", status.st_ino, "|", status.st_size, "|",
             status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec);
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

std::optional<RuntimeFeatures> cached(const std::string& path, std::string_view key) {
  auto file = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxEntryBytes});
  if (!file || !is_ours_alone(file->status)) return std::nullopt;
  return from_cache_entry(std::move(file->bytes), key);
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
  auto features = features_in(*std::move(output));
  if (features) {
    features->family = std::move(family);
  } else {
    features = features_of_family(std::move(family));
  }
  features->version = runtime_version(version->standard_output);
  return Answer{*std::move(features), complete};
}

}  // namespace

Result<RuntimeFeatures> probe_runtime(const std::string& runtime_path,
                                      const std::string& cache_directory) {
  const auto key = key_of(runtime_path);
  if (!key) return std::unexpected(key.error());
  const std::string directory = cache_directory + "/runtimes";
  const std::string name = entry_name(runtime_path);
  if (auto features = cached(cat(directory, "/", name), *key)) return *std::move(features);
  auto answer = ask(runtime_path);
  if (!answer) return std::unexpected(answer.error());
  if (answer->complete) keep(directory, name, to_cache_entry(answer->features, *key));
  return std::move(answer->features);
}

}  // namespace bulkhead::kernel
