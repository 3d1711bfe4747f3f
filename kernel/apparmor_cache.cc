#include "kernel/apparmor_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kernel/apparmor_parser.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

constexpr std::string_view kFormat = "bulkhead apparmor 1";
constexpr std::size_t kMaxCachedBytes = 33 << 20;
constexpr int kAttempts = 3;

std::string directory_of(const AppArmorPlaces& places) { return cat(places.cache, "/apparmor"); }
std::string file_of(const std::string& key) { return cat(key, ".bin"); }

bool is_trustworthy(const struct stat& status) {
  return (status.st_uid == 0 || status.st_uid == ::geteuid()) &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// Four lines (format, key, digest of all that follows it, the kernel's digest), then the policy.
std::string encode(const CompiledPolicy& policy) {
  const std::string rest = cat(policy.kernel_digest, '\n', policy.bytes);
  return cat(kFormat, '\n', policy.key, '\n', base::sha256_hex(rest), '\n', rest);
}

std::optional<CompiledPolicy> decode(std::string_view text, const std::string& key) {
  if (take_line(text) != kFormat || take_line(text) != key) return std::nullopt;
  const std::string_view digest = take_line(text);
  if (text.empty() || base::sha256_hex(text) != digest) return std::nullopt;
  CompiledPolicy policy{.key = key, .from_cache = true};
  policy.kernel_digest = take_line(text);
  policy.bytes = text;
  if (policy.bytes.empty()) return std::nullopt;
  return policy;
}

}  // namespace

std::string compile_key(const ProfileSource& source, const AppArmorPlaces& places,
                        const std::string& features) {
  return base::sha256_hex(cat(kFormat, '\n', features, '\n', parser_identity(places), '\n',
                              compile_inputs(source, places)));
}

std::optional<CompiledPolicy> find_compiled(const std::string& key, const AppArmorPlaces& places) {
  const auto directory = base::open_directory(directory_of(places));
  if (!directory) return std::nullopt;
  const auto content =
      base::read_file_at(directory->get(), file_of(key), {.max_bytes = kMaxCachedBytes});
  if (!content || !is_trustworthy(content->status)) return std::nullopt;
  return decode(content->bytes, key);
}

void remember_compiled(const CompiledPolicy& policy, const AppArmorPlaces& places) {
  constexpr mode_t kOwnerOnly = 0700;
  if (!base::make_directories(directory_of(places), kOwnerOnly)) return;
  const auto directory = base::open_directory(directory_of(places));
  if (!directory) return;
  // What is lost in a crash is compiled again; so nothing waits for the disk.
  (void)base::replace_file_at(directory->get(), file_of(policy.key), encode(policy),
                              {.mode = 0600, .durable = false});
}

Result<CompiledPolicy> compiled_policy(const ProfileSource& source, const AppArmorPlaces& places,
                                       const std::string& features) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string key = compile_key(source, places, features);
    if (auto cached = find_compiled(key, places)) return *std::move(cached);
    auto bytes = compile_apparmor(source, places);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    if (compile_key(source, places, features) != key) continue;
    CompiledPolicy policy{.key = std::move(key), .bytes = *std::move(bytes)};
    remember_compiled(policy, places);
    return policy;
  }
  return base::fail(base::ErrorCode::io,
                    cat("the files that ", describe(source),
                        " includes changed each time it was "
                        "compiled"),
                    "start the container again when they are complete");
}

}  // namespace bulkhead::kernel
