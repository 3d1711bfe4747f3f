#include "kernel/apparmor/apparmor_loaded.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/apparmor_facts.h"
#include "kernel/apparmor/policy_blob.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

namespace {

constexpr std::size_t kMaxMemberBytes = 4096;
constexpr std::size_t kMaxPolicyBytes = 32 << 20;

// sha1 until Linux 6.7, sha256 after.
constexpr std::array<std::string_view, 2> kDigestFiles = {"raw_sha256", "raw_sha1"};

// Files of apparmorfs have size 0, so they are read to their end.
std::optional<std::string> read_member(const std::string& path, std::size_t max_bytes) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  auto text = base::drain(file.get(), path, max_bytes);
  if (!text) return std::nullopt;
  return *std::move(text);
}

std::optional<std::string> read_line(const std::string& path) {
  auto text = read_member(path, kMaxMemberBytes);
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

// The kernel names the directory after the profile, with other characters for those that a file
// name cannot hold, and a number: only what stands before the first of them can be compared.
bool may_be_directory_of(std::string_view directory, std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const std::size_t plain = name.find_first_of("/ \t\"'\\:&^@{}[]*?");
  return directory.starts_with(name.substr(0, plain));
}

std::string profiles_directory(const AppArmorPlaces& places, std::string_view space) {
  if (space.empty()) return cat(places.securityfs, "/policy/profiles");
  return cat(places.securityfs, "/policy/namespaces/", space, "/profiles");
}

std::optional<std::string> find_directory(const std::string& parent, std::string_view name) {
  base::Directory listing(parent);
  while (const dirent* entry = listing.next()) {
    if (entry->d_name[0] == '.' || !may_be_directory_of(entry->d_name, name)) continue;
    std::string path = cat(parent, '/', entry->d_name);
    if (read_line(cat(path, "/name")) == name) return path;
  }
  return std::nullopt;
}

struct QualifiedName {
  std::string space;    // the AppArmor namespace; empty for the one we are in
  std::string profile;  // without children
  std::string whole;    // with them
};

QualifiedName split(std::string_view canonical) {
  QualifiedName name;
  if (canonical.starts_with(':')) {
    const std::size_t end = std::min(canonical.find(':', 1), canonical.size());
    name.space = canonical.substr(1, end - 1);
    canonical.remove_prefix(std::min(end + 1, canonical.size()));
  }
  name.profile = canonical.substr(0, canonical.find("//"));
  name.whole = canonical;
  return name;
}

std::optional<std::uint64_t> capabilities_of(const LoadedProfile& loaded) {
  if (loaded.directory.empty()) return std::nullopt;
  const auto raw = read_member(cat(loaded.directory, "/raw_data"), kMaxPolicyBytes);
  if (!raw) return std::nullopt;
  return capabilities_in(*raw, split(loaded.name).whole);
}

}  // namespace

Result<policy::AppArmorFacts> loaded_profiles(const AppArmorPlaces& places) {
  return probe_apparmor(cat(places.securityfs, "/profiles"));
}

std::optional<LoadedProfile> find_listed(std::string_view name, const AppArmorPlaces& places) {
  const std::string canonical = policy::canonical_apparmor_name(name);
  const auto listed = read_member(cat(places.securityfs, "/profiles"), kMaxPolicyBytes);
  const auto facts = parse_apparmor_profiles(listed.value_or(std::string()));
  if (!facts) return std::nullopt;
  const auto found = facts->loaded.find(canonical);
  if (found == facts->loaded.end()) return std::nullopt;
  return LoadedProfile{.name = canonical, .mode = found->second};
}

std::optional<LoadedProfile> find_loaded(std::string_view name, const AppArmorPlaces& places) {
  auto profile = find_listed(name, places);
  if (!profile) return profile;
  const QualifiedName qualified = split(profile->name);
  const auto directory =
      find_directory(profiles_directory(places, qualified.space), qualified.profile);
  if (!directory) return profile;
  profile->directory = *directory;
  for (const std::string_view file : kDigestFiles) {
    if (auto digest = read_line(cat(*directory, '/', file))) profile->digest = *std::move(digest);
  }
  return profile;
}

std::optional<bool> is_same_policy(const LoadedProfile& loaded, std::string_view bytes) {
  if (loaded.directory.empty()) return std::nullopt;
  const auto raw = read_member(cat(loaded.directory, "/raw_data"), kMaxPolicyBytes);
  if (!raw || raw->empty()) return std::nullopt;
  return *raw == bytes;
}

Result<std::uint64_t> allowed_capabilities(std::string_view name, const AppArmorPlaces& places) {
  const auto loaded = find_loaded(name, places);
  if (const auto allowed = loaded ? capabilities_of(*loaded) : std::nullopt) return *allowed;
  return base::fail(
      ErrorCode::unsupported,
      cat("the kernel does not show what it holds of the AppArmor profile ", base::quoted(name)),
      "look its capability rules up where it is defined");
}

Result<std::uint64_t> policy_revision(const AppArmorPlaces& places) {
  const std::string path = cat(places.securityfs, "/revision");
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid()) return base::fail_errno(ErrorCode::kernel, "open", path);
  // One read gives the number; a second would wait for the next change.
  std::array<char, 64> buffer{};
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size <= 0) return base::fail_errno(ErrorCode::kernel, "read", path);
  std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (const auto number = base::parse_decimal(text)) return *number;
  return base::fail(ErrorCode::kernel,
                    cat(base::quoted(path), " says ", base::quoted(text), ", which is no number"));
}

}  // namespace bulkhead::kernel
