#include "kernel/filters/program_cache.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kernel/filters/cache_upkeep.h"
#include "kernel/filters/seccomp_compiler.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::kernel {

using base::cat;
using policy::FilterInstruction;
using policy::FilterProgram;

namespace {

constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kDigestBytes = 64;  // in hexadecimal
constexpr std::size_t kMaxInstructions = 4096;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t instructions;
  std::array<char, kDigestBytes> key;
  std::array<char, kDigestBytes> program_sha256;
};
static_assert(sizeof(Header) == 16 + 2 * kDigestBytes);
constexpr std::array<char, 8> kMagic = {'B', 'U', 'L', 'K', 'B', 'P', 'F', '\n'};

std::string_view text_of(const std::array<char, kDigestBytes>& digest) {
  return {digest.data(), digest.size()};
}

std::string_view bytes_of(const FilterProgram& program) {
  return {reinterpret_cast<const char*>(program.data()),
          program.size() * sizeof(FilterInstruction)};
}

std::string key_of(std::string_view profile_sha256) {
  const scmp_version* version = ::seccomp_version();
  return base::sha256_hex(cat("bulkhead ", kFormatVersion, " on ",
                              short_name(oci_config::native_arch()), " calls of Linux ",
                              policy::newest_kernel(), " libseccomp ", version->major, '.',
                              version->minor, '.', version->micro, '\n', profile_sha256));
}

// What somebody else than root or the caller may write is not believed.
bool is_trustworthy(const struct stat& status) {
  return (status.st_uid == 0 || status.st_uid == ::geteuid()) &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The bytes of a file of the cache; empty when it is missing or not to be believed.
std::string read_cached(int directory, const std::string& name, std::size_t max_bytes) {
  auto content = base::read_file_at(directory, name, {.max_bytes = max_bytes});
  if (!content || !is_trustworthy(content->status)) return {};
  return std::move(content->bytes);
}

std::optional<FilterProgram> decode(std::string_view bytes, std::string_view key) {
  Header header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view program_bytes = bytes.substr(sizeof header);
  if (header.magic != kMagic || header.version != kFormatVersion || text_of(header.key) != key ||
      header.instructions == 0 || header.instructions > kMaxInstructions ||
      program_bytes.size() != header.instructions * sizeof(FilterInstruction) ||
      base::sha256_hex(program_bytes) != text_of(header.program_sha256)) {
    return std::nullopt;
  }
  FilterProgram program(header.instructions);
  std::memcpy(program.data(), program_bytes.data(), program_bytes.size());
  if (!policy::check_program(program)) return std::nullopt;
  return program;
}

std::string encode(const CachedProgram& cached) {
  Header header{.magic = kMagic,
                .version = kFormatVersion,
                .instructions = static_cast<std::uint32_t>(cached.program.size()),
                .key = {},
                .program_sha256 = {}};
  std::copy_n(cached.key.begin(), kDigestBytes, header.key.begin());
  std::copy_n(cached.program_sha256.begin(), kDigestBytes, header.program_sha256.begin());
  return cat(std::string_view(reinterpret_cast<const char*>(&header), sizeof header),
             bytes_of(cached.program));
}

// A file of accepted stacks: one digest a line, oldest first; the last line is the digest of the
// key and all lines before it.
constexpr std::size_t kLine = kDigestBytes + 1;
constexpr std::size_t kMaxAcceptedBytes = (ProgramCache::kMaxAcceptedStacks + 1) * kLine;

std::vector<std::string> decode_accepted(std::string_view bytes, std::string_view key) {
  if (bytes.size() < 2 * kLine || bytes.size() % kLine != 0) return {};
  const std::string_view lines = bytes.substr(0, bytes.size() - kLine);
  if (base::sha256_hex(cat(key, '\n', lines)) != bytes.substr(lines.size(), kDigestBytes))
    return {};
  std::vector<std::string> digests;
  for (std::size_t at = 0; at < lines.size(); at += kLine) {
    digests.emplace_back(lines.substr(at, kDigestBytes));
  }
  return digests;
}

std::string encode_accepted(const std::vector<std::string>& digests, std::string_view key) {
  std::string lines;
  for (const std::string& digest : digests) lines += cat(digest, '\n');
  return cat(lines, base::sha256_hex(cat(key, '\n', lines)), '\n');
}

constexpr mode_t kOwnerOnly = 0700;

void write_cached(const std::string& directory, const std::string& name, std::string_view bytes) {
  if (!base::make_directories(directory, kOwnerOnly)) return;
  const auto opened = base::open_directory(directory);
  if (!opened) return;
  // What is lost in a crash is compiled again; so nothing waits for the disk.
  (void)base::replace_file_at(opened->get(), name, bytes, {.mode = 0600, .durable = false});
}

}  // namespace

base::Result<CachedProgram> ProgramCache::program_for(
    const oci_config::SeccompProfile& expanded) const {
  return program_for(expanded, oci_config::filter_json(expanded));
}

bool ProgramCache::find(CachedProgram& cached) const {
  constexpr std::size_t kMaxBytes = sizeof(Header) + kMaxInstructions * sizeof(FilterInstruction);
  const auto directory = base::open_directory(directory_);
  if (!directory) return false;
  const std::string bytes = read_cached(directory->get(), cached.key + ".bpf", kMaxBytes);
  auto program = decode(bytes, cached.key);
  if (!program) return false;
  cached.program_sha256 = std::string(bytes, offsetof(Header, program_sha256), kDigestBytes);
  cached.program = std::move(*program);
  cached.from_cache = true;
  cached.accepted_stacks = decode_accepted(
      read_cached(directory->get(), cached.key + ".accepted", kMaxAcceptedBytes), cached.key);
  return true;
}

base::Result<void> ProgramCache::compile(CachedProgram& cached,
                                         const oci_config::SeccompProfile& expanded) const {
  auto program = compile_seccomp_checked(expanded);
  if (!program) return std::unexpected(std::move(program.error()));
  cached.program = std::move(*program);
  cached.program_sha256 = base::sha256_hex(bytes_of(cached.program));
  write_cached(directory_, cached.key + ".bpf", encode(cached));
  drop_oldest_programs(directory_, kMaxPrograms);
  return {};
}

base::Result<CachedProgram> ProgramCache::program_for(const oci_config::SeccompProfile& expanded,
                                                      std::string_view filter_json) const {
  const std::string profile_sha256 = base::sha256_hex(filter_json);
  CachedProgram cached{.program = {},
                       .key = key_of(profile_sha256),
                       .program_sha256 = {},
                       .profile_sha256 = profile_sha256,
                       .from_cache = false,
                       .accepted_stacks = {}};
  if (find(cached)) return cached;
  (void)base::make_directories(directory_, kOwnerOnly);
  const auto directory = base::open_directory(directory_);
  const CompileTurn turn(directory ? directory->get() : -1, cached.key);
  if (find(cached)) return cached;
  if (auto compiled = compile(cached, expanded); !compiled) {
    return std::unexpected(std::move(compiled.error()));
  }
  return cached;
}

void ProgramCache::remember_accepted(const CachedProgram& cached,
                                     const std::vector<std::string>& found) const {
  std::vector<std::string> digests = cached.accepted_stacks;
  for (const std::string& digest : found) {
    if (digest.size() == kDigestBytes && std::ranges::find(digests, digest) == digests.end()) {
      digests.push_back(digest);
    }
  }
  if (digests.size() > kMaxAcceptedStacks) {
    const auto surplus = digests.size() - kMaxAcceptedStacks;
    digests.erase(digests.begin(), digests.begin() + static_cast<std::ptrdiff_t>(surplus));
  }
  if (digests == cached.accepted_stacks) return;
  write_cached(directory_, cached.key + ".accepted", encode_accepted(digests, cached.key));
}

}  // namespace bulkhead::kernel
