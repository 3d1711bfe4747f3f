#include "kernel/apparmor/recording_profile.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/hex.h"
#include "base/text.h"
#include "kernel/apparmor/apparmor_cache.h"
#include "kernel/apparmor/apparmor_kernel.h"
#include "kernel/apparmor/apparmor_load.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "policy/values/apparmor_recorder.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kDigits = 16;

// The one under which a text is compiled: the same for each start of a record.
std::string compiled_name(const std::string& name) {
  return cat(std::string_view(name).substr(0, name.size() - kDigits), std::string(kDigits, '0'));
}

constexpr std::string_view kEverything =
    "  file,\n  capability,\n  network,\n  unix,\n  signal,\n  ptrace,\n  mount,\n  umount,\n"
    "  pivot_root,\n";

std::string rules_of(const RecorderOrder& order) {
  return order.silent ? std::string(kEverything) : cat("  audit /** ix,\n", order.rules);
}

std::string text_of(const std::string& name, const RecorderOrder& order,
                    const AppArmorPlaces& places) {
  const std::string abi = dialect_of(places).abi;
  return cat(abi.empty() ? "" : cat("abi <", abi, ">,\n"), "include <tunables/global>\nprofile ",
             policy::recorder_member(name),
             " flags=(attach_disconnected,mediate_deleted,complain) {\n", rules_of(order), "}\n");
}

// Names of profiles stand in compiled policy as they are, and are in no checksum.
std::string renamed(std::string policy, const std::string& from, const std::string& to) {
  for (std::size_t at = policy.find(from); at != std::string::npos; at = policy.find(from, at)) {
    policy.replace(at, from.size(), to);
  }
  return policy;
}

Result<void> not_done(std::string_view what, const std::string& name, int error) {
  errno = error;
  return base::fail_errno(ErrorCode::kernel, what, cat("the recording profile ", name));
}

}  // namespace

std::string new_recorder_name(std::string_view record) {
  std::string bytes(kDigits / 2, '\0');
  // It does not fail once the kernel has booted; a name that was there before costs a capability.
  if (::getrandom(bytes.data(), bytes.size(), 0) < 0) bytes.back() = static_cast<char>(::getpid());
  return cat(policy::kRecorderPrefix, record, '-', base::hex_of(bytes, base::HexCase::lower));
}

Result<void> load_recorder(const RecorderOrder& order, const AppArmorPlaces& places) {
  const auto kernel = PolicyLoader::open(places);
  if (!kernel) return std::unexpected(kernel.error());
  const std::string name = compiled_name(order.name);
  const ProfileSource source{
      .name = name, .path = order.about, .text = text_of(name, order, places)};
  auto policy = compiled_policy(source, places, kernel->features_id());
  if (!policy) return std::unexpected(std::move(policy.error()));
  const int error = kernel->replace(renamed(std::move(policy->bytes), name, order.name));
  return error == 0 ? Result<void>{} : not_done("load", order.name, error);
}

Result<void> remove_recorder(const std::string& name, const AppArmorPlaces& places) {
  const auto kernel = PolicyLoader::open(places);
  if (!kernel) return std::unexpected(kernel.error());
  const int error = kernel->remove(policy::recorder_member(name));
  return error == 0 || error == ENOENT ? Result<void>{} : not_done("remove", name, error);
}

bool is_recorder_loaded(const std::string& name, const AppArmorPlaces& places) {
  return find_listed(policy::recorder_member(name), places).has_value();
}

}  // namespace bulkhead::kernel
