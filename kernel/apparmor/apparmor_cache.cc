#include "kernel/apparmor/apparmor_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/apparmor_parser.h"
#include "kernel/arch/architecture.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

constexpr std::string_view kFormat = "bulkhead apparmor 4";
constexpr std::size_t kMaxCachedBytes = 33 << 20;
constexpr int kAttempts = 3;

// Finds a file that was cut or damaged; who may write it is for its owner and mode to say. A digest
// would cost more than loading the policy.
std::string checksum(std::string_view bytes) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  std::uint64_t sum = bytes.size();
  for (; bytes.size() >= sizeof sum; bytes.remove_prefix(sizeof sum)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    sum = std::rotl(sum ^ word, 29) * kOdd;
  }
  for (const char byte : bytes) sum = std::rotl(sum ^ static_cast<unsigned char>(byte), 29) * kOdd;
  return base::hex(sum ^ (sum >> 32));
}

std::string directory_of(const AppArmorPlaces& places) { return cat(places.cache, "/apparmor"); }
std::string file_of(const std::string& name) { return cat(name, ".bin"); }

bool is_trustworthy(const struct stat& status) {
  return (status.st_uid == 0 || status.st_uid == ::geteuid()) &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

constexpr std::string_view kComplain = "complain ";
constexpr std::string_view kAsWritten = "as written ";

std::string source_line(const ProfileSource& source) {
  return cat(source.complain ? kComplain : kAsWritten, source.path);
}

// Of whatever shapes what a text compiles to beside its files.
std::string compiler_of(const AppArmorPlaces& places, const std::string& features) {
  return cat(kFormat, " on ", native_audit_arch(), '\n', features, '\n', parser_identity(places),
             '\n');
}

std::string name_of_file(const ProfileSource& source, const AppArmorPlaces& places,
                         const std::string& features) {
  return base::sha256_hex(cat(compiler_of(places, features),
                              source.complain ? "complain" : "as written", '\n', source.text));
}

std::string key_of(const CompileInputs& inputs, const AppArmorPlaces& places,
                   const std::string& features) {
  return base::sha256_hex(cat(compiler_of(places, features), inputs.content));
}

// ---- files behind a profile ---------------------------------------------------------------------

constexpr std::string_view kAbsent = "absent";

std::string stamp_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return cat(kAbsent, ' ', path);
  return cat(status.st_dev, ':', status.st_ino, ':', status.st_size, ':', status.st_mtim.tv_sec,
             '.', status.st_mtim.tv_nsec, ':', status.st_ctim.tv_sec, '.', status.st_ctim.tv_nsec,
             ' ', path);
}

bool changed_lately(const std::string& path) {
  constexpr std::time_t kSeconds = 2;  // coarser than any file system's clock
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && ::time(nullptr) - status.st_ctim.tv_sec <= kSeconds;
}

// A file that changed just now could change again within the same tick of its clock; then there are
// no stamps, and the digest decides.
std::vector<std::string> stamps_of(const std::vector<std::string>& paths) {
  std::vector<std::string> stamps;
  if (std::ranges::any_of(paths, changed_lately)) return stamps;
  for (const std::string& path : paths) stamps.push_back(stamp_of(path));
  return stamps;
}

bool still_true(const std::vector<std::string>& stamps) {
  return !stamps.empty() && std::ranges::all_of(stamps, [](const std::string& stamp) {
    return stamp_of(stamp.substr(stamp.find(' ') + 1)) == stamp;
  });
}

// ---- the form of a file -------------------------------------------------------------------------

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// Lines: format, name, source, checksum of all that follows it; key, the kernel's digest, stamps,
// an empty one; then the policy.
std::string encode(const CompiledPolicy& policy) {
  std::string rest = cat(policy.key, '\n', policy.kernel_digest, '\n');
  for (const std::string& stamp : policy.stamps) rest += cat(stamp, '\n');
  rest += cat('\n', policy.bytes);
  return cat(kFormat, '\n', policy.name, '\n', policy.source, '\n', checksum(rest), '\n', rest);
}

std::optional<CompiledPolicy> decode(std::string_view text, const std::string& name) {
  if (take_line(text) != kFormat || take_line(text) != name) return std::nullopt;
  const std::string_view source = take_line(text);
  const std::string_view sum = take_line(text);
  if (text.empty() || checksum(text) != sum) return std::nullopt;
  CompiledPolicy policy{.name = name, .source = std::string(source), .from_cache = true};
  policy.key = take_line(text);
  policy.kernel_digest = take_line(text);
  for (auto stamp = take_line(text); !stamp.empty(); stamp = take_line(text)) {
    policy.stamps.emplace_back(stamp);
  }
  policy.bytes = text;
  if (policy.bytes.empty()) return std::nullopt;
  return policy;
}

std::optional<CompiledPolicy> read_compiled(const std::string& name, const AppArmorPlaces& places) {
  const auto directory = base::open_directory(directory_of(places));
  if (!directory) return std::nullopt;
  const auto content =
      base::read_file_at(directory->get(), file_of(name), {.max_bytes = kMaxCachedBytes});
  if (!content || !is_trustworthy(content->status)) return std::nullopt;
  return decode(content->bytes, name);
}

// ---- what is of no use any more -----------------------------------------------------------------

// The beginning of a file of the cache, with the lines before the checksum.
std::string head_of(int directory, const char* name) {
  const base::UniqueFd file(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::array<char, PATH_MAX + 256> head{};
  const ssize_t size = file.valid() ? ::read(file.get(), head.data(), head.size()) : -1;
  return {head.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

bool is_of_no_use(std::string_view head, const CompiledPolicy& newest) {
  if (take_line(head) != kFormat) return true;  // of another version
  if (take_line(head) == newest.name) return false;
  const std::string_view source = take_line(head);
  if (source == newest.source) return true;
  const std::string path(
      source.substr(source.starts_with(kComplain) ? kComplain.size() : kAsWritten.size()));
  return !path.empty() && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT;
}

// Whoever reads such a file at this moment has it open; who wants it later compiles again.
void remove_superseded(const CompiledPolicy& newest, const AppArmorPlaces& places) {
  base::Directory listing(directory_of(places));
  while (const dirent* entry = listing.next()) {
    if (!std::string_view(entry->d_name).ends_with(".bin")) continue;
    if (is_of_no_use(head_of(listing.fd(), entry->d_name), newest)) {
      ::unlinkat(listing.fd(), entry->d_name, 0);
    }
  }
}

}  // namespace

std::string compile_key(const ProfileSource& source, const AppArmorPlaces& places,
                        const std::string& features) {
  return key_of(compile_inputs(source, places), places, features);
}

std::optional<CompiledPolicy> find_compiled(const ProfileSource& source,
                                            const AppArmorPlaces& places,
                                            const std::string& features) {
  auto policy = read_compiled(name_of_file(source, places, features), places);
  if (!policy || still_true(policy->stamps)) return policy;
  const CompileInputs inputs = compile_inputs(source, places);
  if (key_of(inputs, places, features) != policy->key) return std::nullopt;
  // Other times, the same content: worth knowing the next time.
  policy->stamps = stamps_of(inputs.paths);
  if (!policy->stamps.empty()) remember_compiled(*policy, places);
  return policy;
}

void remember_compiled(const CompiledPolicy& policy, const AppArmorPlaces& places) {
  constexpr mode_t kOwnerOnly = 0700;
  if (policy.source.find('\n') != std::string::npos)
    return;  // its lines would not be what they are
  if (!base::make_directories(directory_of(places), kOwnerOnly)) return;
  const auto directory = base::open_directory(directory_of(places));
  if (!directory) return;
  // What is lost in a crash is compiled again; so nothing waits for the disk.
  (void)base::replace_file_at(directory->get(), file_of(policy.name), encode(policy),
                              {.mode = 0600, .durable = false});
}

Result<CompiledPolicy> compiled_policy(const ProfileSource& source, const AppArmorPlaces& places,
                                       const std::string& features) {
  if (auto cached = find_compiled(source, places, features)) return *std::move(cached);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const CompileInputs inputs = compile_inputs(source, places);
    std::vector<std::string> stamps = stamps_of(inputs.paths);
    std::string key = key_of(inputs, places, features);
    auto bytes = compile_apparmor(source, places);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    if (compile_key(source, places, features) != key) continue;
    CompiledPolicy policy{.name = name_of_file(source, places, features),
                          .key = std::move(key),
                          .source = source_line(source),
                          .bytes = *std::move(bytes),
                          .kernel_digest = {},
                          .stamps = std::move(stamps)};
    remember_compiled(policy, places);
    remove_superseded(policy, places);
    return policy;
  }
  return base::fail(
      base::ErrorCode::io,
      cat("the files that ", describe(source), " includes changed each time it was compiled"),
      "start the container again when they are complete");
}

}  // namespace bulkhead::kernel
