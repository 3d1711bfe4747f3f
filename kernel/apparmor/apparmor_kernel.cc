#include "kernel/apparmor/apparmor_kernel.h"

#include <fcntl.h>
#include <sys/apparmor.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

namespace {

struct FeaturesDeleter {
  void operator()(aa_features* features) const { ::aa_features_unref(features); }
};
struct FreeDeleter {
  void operator()(char* text) const { std::free(text); }
};

std::string boot_id() {
  const UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  auto text = file.valid() ? base::drain(file.get(), "boot_id", 64) : Result<std::string>();
  return text ? *std::move(text) : std::string();
}

Result<std::string> ask_features_id() {
  aa_features* raw = nullptr;
  if (::aa_features_new_from_kernel(&raw) != 0) {
    return base::fail_errno(ErrorCode::kernel, "read", "the AppArmor features of the kernel",
                            "run as root, with securityfs mounted");
  }
  const std::unique_ptr<aa_features, FeaturesDeleter> features(raw);
  const std::unique_ptr<char, FreeDeleter> id(::aa_features_id(features.get()));
  return id ? std::string(id.get()) : std::string();
}

// Some fifty files, which do not change while the kernel runs: remembered until the next boot.
Result<std::string> kernel_features_id(const AppArmorPlaces& places) {
  const std::string boot = boot_id();
  const auto directory = base::open_directory(cat(places.state, "/apparmor"));
  if (directory && !boot.empty()) {
    const auto known = base::read_file_at(directory->get(), "features", {.max_bytes = 1024});
    if (known && known->bytes.starts_with(boot)) return known->bytes.substr(boot.size());
  }
  auto id = ask_features_id();
  if (id && directory && !boot.empty()) {
    // Failing only costs time.
    (void)base::replace_file_at(directory->get(), "features", cat(boot, *id), {.durable = false});
  }
  return id;
}

}  // namespace

Result<PolicyLoader> PolicyLoader::open(const AppArmorPlaces& places) {
  // Where the kernel takes policy, AppArmor is on; libapparmor searches all mounts to say so.
  const bool takes_policy = ::access(cat(places.securityfs, "/.load").c_str(), F_OK) == 0;
  if (!takes_policy && ::aa_is_enabled() != 1) {
    return base::fail(ErrorCode::unsupported, "AppArmor is not enabled in this kernel",
                      "boot with AppArmor enabled (apparmor=1 security=apparmor)");
  }
  auto id = kernel_features_id(places);
  if (!id) return std::unexpected(std::move(id.error()));
  return PolicyLoader(places.securityfs, *std::move(id));
}

int PolicyLoader::transfer(std::string_view file, std::string_view policy) const {
  const UniqueFd end(::open(cat(securityfs_, file).c_str(), O_WRONLY | O_CLOEXEC));
  if (!end.valid()) return errno;
  const int written = ::aa_kernel_interface_write_policy(end.get(), policy.data(), policy.size());
  return written == 0 ? 0 : errno;
}

}  // namespace bulkhead::kernel
