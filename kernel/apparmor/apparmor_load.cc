#include "kernel/apparmor/apparmor_load.h"

#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/apparmor_cache.h"
#include "kernel/apparmor/apparmor_kernel.h"
#include "kernel/apparmor/apparmor_parser.h"
#include "kernel/apparmor/apparmor_source.h"
#include "policy/advice/apparmor_text.h"
#include "policy/fallback/apparmor_default.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;
using base::UniqueFd;

namespace {

// Longer than one compilation may take (ParserLimits), so that whoever waits sees its end.
constexpr int kLockSeconds = 60;
constexpr std::size_t kLockNameDigits = 32;

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::unexpected<base::Error> not_taken(const ProfileSource& source, int error) {
  const std::string remedy =
      error == EPERM || error == EACCES
          ? "loading policy takes root with CAP_MAC_ADMIN outside of any AppArmor namespace"
          : "see the kernel's log (dmesg) for its reason";
  return base::fail(ErrorCode::kernel,
                    cat("the kernel does not take what ", describe(source),
                        " compiles to: ", base::errno_text(error)),
                    remedy);
}

// ---- one at a time ------------------------------------------------------------------------------

Result<UniqueFd> open_lock(const std::string& name, const AppArmorPlaces& places) {
  const std::string directory = cat(places.state, "/apparmor");
  if (auto made = base::make_directories(directory, 0700); !made) {
    return std::unexpected(std::move(made.error()));
  }
  // A name may hold any character; its digest is a file name.
  const std::string path =
      cat(directory, '/', base::sha256_hex(name).substr(0, kLockNameDigits), ".lock");
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return base::fail_errno(ErrorCode::io, "open", path);
  return lock;
}

Result<UniqueFd> lock_profile(const std::string& name, const AppArmorPlaces& places) {
  auto lock = open_lock(name, places);
  if (!lock) return lock;
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
  constexpr int kTries = kLockSeconds * 500;
  for (int i = 0; i < kTries; ++i) {
    if (::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return base::fail_errno(ErrorCode::io, "lock", "the AppArmor profile's lock");
    }
    ::nanosleep(&kPause, nullptr);
  }
  return base::fail(ErrorCode::io,
                    cat("another process has been loading the AppArmor profile ", quoted(name),
                        " for ", kLockSeconds, " s"),
                    "start the container again, or load the profile by hand");
}

// ---- from a name to policy in the kernel --------------------------------------------------------

// "a//hat" and ":ns:a//hat" are loaded with their profile.
std::string without_children(std::string_view name) {
  const std::string canonical = policy::canonical_apparmor_name(name);
  return canonical.substr(0, canonical.find("//"));
}

// A file of the node's owner may redefine bulkhead-default; without one it is our own text.
Result<ProfileSource> source_of(const std::string& name, const AppArmorPlaces& places) {
  if (name != policy::kDefaultProfileName) return find_profile_source(name, places);
  auto source = look_for_profile_source(name, places);
  if (!source) return std::unexpected(std::move(source.error()));
  if (*source) return **std::move(source);
  return ProfileSource{.name = name, .path = {}, .text = default_profile_text(places)};
}

// Some of what the file defines is loaded: replacing it could undo what its owner did to it.
std::unexpected<base::Error> siblings_loaded(const ProfileSource& source) {
  return base::fail(ErrorCode::refused,
                    cat("the AppArmor profile ", quoted(source.name),
                        " is not loaded, but other "
                        "profiles of ",
                        quoted(source.path),
                        " are, and loading the file would "
                        "replace them"),
                    cat("load it by hand: bulkhead apparmor load ", source.path));
}

// A container's wish must not change what confines the host's own programs.
Result<void> refuse_attachments(const ProfileSource& source) {
  for (const policy::ProfileHeader& header : policy::profiles_defined_in(source.text)) {
    if (header.attachment.empty() || header.name.find("//") != std::string::npos) continue;
    return base::fail(ErrorCode::refused,
                      cat("the AppArmor profile ", quoted(source.name), " is not loaded, and ",
                          quoted(source.path), " also confines a program of this node (",
                          quoted(header.attachment), "), which a container must not bring about"),
                      cat("load it by hand: bulkhead apparmor load ", source.path));
  }
  return {};
}

void remember_digest(CompiledPolicy policy, const LoadedProfile& loaded,
                     const AppArmorPlaces& places) {
  if (loaded.digest.empty() || policy.kernel_digest == loaded.digest) return;
  policy.kernel_digest = loaded.digest;
  remember_compiled(policy, places);
}

std::unexpected<base::Error> not_listed(std::string_view name, const ProfileSource& source) {
  return base::fail(
      ErrorCode::kernel,
      cat("the kernel took ", describe(source), " but does not list the profile ", quoted(name)),
      "another process may have removed it (apparmor_parser -R); start it again");
}

// After the kernel took the policy. What it calls that content is known from an earlier load of it.
std::optional<LoadedProfile> find_taken(const std::string& name, const CompiledPolicy& policy,
                                        const AppArmorPlaces& places) {
  if (policy.kernel_digest.empty()) return find_loaded(name, places);
  auto listed = find_listed(name, places);
  if (listed) listed->digest = policy.kernel_digest;
  return listed;
}

Result<EnsuredProfile> load_missing(const std::string& name, const AppArmorPlaces& places) {
  const auto kernel = PolicyLoader::open(places);
  if (!kernel) return std::unexpected(kernel.error());
  const auto source = source_of(without_children(name), places);
  if (!source) return std::unexpected(source.error());
  if (auto fine = refuse_attachments(*source); !fine) return std::unexpected(fine.error());
  const auto policy = compiled_policy(*source, places, kernel->features_id());
  if (!policy) return std::unexpected(policy.error());
  // The one step that changes the node: the kernel takes the whole set, or nothing.
  const int error = kernel->load(policy->bytes);
  if (error != 0 && error != EEXIST) return not_taken(*source, error);
  auto loaded = error == 0 ? find_taken(name, *policy, places) : find_loaded(name, places);
  if (!loaded && error == EEXIST) return siblings_loaded(*source);
  if (!loaded) return not_listed(name, *source);
  if (error == 0) remember_digest(*policy, *loaded, places);
  return EnsuredProfile{.loaded = *std::move(loaded),
                        .path = source->path,
                        .loaded_now = error == 0,
                        .from_cache = policy->from_cache};
}

Result<EnsuredProfile> ensure_profile(const std::string& name, const AppArmorPlaces& places) {
  if (auto loaded = find_loaded(name, places)) return EnsuredProfile{.loaded = *std::move(loaded)};
  const auto lock = lock_profile(without_children(name), places);
  if (!lock) return std::unexpected(lock.error());
  // Whoever held the lock before may have done it.
  if (auto loaded = find_loaded(name, places)) return EnsuredProfile{.loaded = *std::move(loaded)};
  return load_missing(name, places);
}

// Loads whatever the source defines in place of what is there.
Result<std::vector<LoadedProfile>> replace_all(const ProfileSource& source,
                                               const AppArmorPlaces& places) {
  const auto kernel = PolicyLoader::open(places);
  if (!kernel) return std::unexpected(kernel.error());
  const auto policy = compiled_policy(source, places, kernel->features_id());
  if (!policy) return std::unexpected(policy.error());
  if (const int error = kernel->replace(policy->bytes); error != 0) {
    return not_taken(source, error);
  }
  std::vector<LoadedProfile> loaded;
  for (const policy::ProfileHeader& header : policy::profiles_defined_in(source.text)) {
    auto found = find_loaded(header.name, places);
    // A name that is made of variables is not known here as the kernel lists it.
    if (!found && header.name.find("@{") != std::string::npos) continue;
    if (!found) return not_listed(header.name, source);
    remember_digest(*policy, *found, places);
    loaded.push_back(*std::move(found));
  }
  return loaded;
}

}  // namespace

Result<std::vector<EnsuredProfile>> ensure_loaded(const std::string& label,
                                                  const AppArmorPlaces& places) {
  std::vector<EnsuredProfile> ensured;
  for (const std::string_view member : policy::apparmor_stack_members(label)) {
    if (!policy::apparmor_name_confines(member)) continue;
    auto profile = ensure_profile(std::string(member), places);
    if (!profile) return std::unexpected(std::move(profile.error()));
    ensured.push_back(*std::move(profile));
  }
  return ensured;
}

Result<std::vector<LoadedProfile>> load_file(const LoadOrder& order, const AppArmorPlaces& places) {
  auto source = read_profile_source(order.path, places);
  if (!source) return std::unexpected(std::move(source.error()));
  source->complain = source->complain || order.complain;
  return replace_all(*source, places);
}

Result<std::vector<LoadedProfile>> reload_profile(const std::string& name, bool complain,
                                                  const AppArmorPlaces& places) {
  auto source = source_of(without_children(name), places);
  if (!source) return std::unexpected(std::move(source.error()));
  source->complain = complain;
  return replace_all(*source, places);
}

FreshnessAnswer freshness_of(const LoadedProfile& loaded, const AppArmorPlaces& places,
                             MayCompile may_compile) {
  const auto source = source_of(without_children(loaded.name), places);
  if (!source) return {.freshness = Freshness::no_file};
  FreshnessAnswer answer{.freshness = Freshness::unknown, .path = source->path};
  const auto kernel = PolicyLoader::open(places);
  if (!kernel) return answer;
  const std::string features = kernel->features_id();
  std::optional<CompiledPolicy> policy = find_compiled(*source, places, features);
  if (!policy && may_compile == MayCompile::once) {
    if (auto compiled = compiled_policy(*source, places, features)) policy = *std::move(compiled);
  }
  if (!policy) return answer;
  if (!policy->kernel_digest.empty() && !loaded.digest.empty()) {
    answer.freshness = policy->kernel_digest == loaded.digest ? Freshness::same : Freshness::stale;
    return answer;
  }
  const auto same = is_same_policy(loaded, policy->bytes);
  if (!same) return answer;
  if (*same) remember_digest(*std::move(policy), loaded, places);
  answer.freshness = *same ? Freshness::same : Freshness::stale;
  return answer;
}

base::Error stale_sentence(const LoadedProfile& loaded, const std::string& path) {
  const std::string file = path.empty() ? std::string("Bulkhead's own text") : quoted(path);
  return {ErrorCode::invalid_input,
          cat("the AppArmor profile ", quoted(loaded.name), " in the kernel is not what ", file,
              " says now"),
          path.empty()
              ? std::string("remove it (apparmor_parser -R); it is loaded again when needed")
              : cat("load it again: bulkhead apparmor load ", path)};
}

policy::AppArmorDialect dialect_of(const AppArmorPlaces& places) {
  // A parser brings the description of its own generation, and knows its rules.
  if (exists(cat(places.base, "/abi/4.0"))) return {.abi = "abi/4.0", .rules_of_4_0 = true};
  if (exists(cat(places.base, "/abi/3.0"))) return {.abi = "abi/3.0", .rules_of_4_0 = false};
  return {};
}

std::string default_profile_text(const AppArmorPlaces& places) {
  return policy::render_default_profile(dialect_of(places));
}

}  // namespace bulkhead::kernel
