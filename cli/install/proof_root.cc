#include "cli/install/proof_root.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/files.h"
#include "base/programs.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr const char* kParents[] = {"/run", "/var/lib", "/var/tmp"};
constexpr const char* kDirectories[] = {"proc", "sys", "dev", "etc", "run", "tmp"};

// Debian mounts /run noexec, hardened nodes others too: a container could execute nothing there.
std::string executable_parent() {
  for (const char* parent : kParents) {
    struct statvfs status;
    const bool known = ::statvfs(parent, &status) == 0;
    if (known && (status.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0) return parent;
  }
  return {};
}

}  // namespace

ProofRoot::~ProofRoot() {
  if (path_.empty()) return;
  ::unlink((path_ + "/bulkhead").c_str());
  ::unlink((path_ + "/id").c_str());
  ::unlink((path_ + "/image.tar").c_str());
  for (const char* name :
       {"etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", "run/.containerenv"}) {
    ::unlink(cat(path_, '/', name).c_str());
  }
  for (const char* name : kDirectories) ::rmdir(cat(path_, '/', name).c_str());
  ::rmdir(path_.c_str());
}

Result<void> ProofRoot::make() {
  const std::string parent = executable_parent();
  if (parent.empty())
    return base::fail(ErrorCode::io, "/run, /var/lib and /var/tmp are all read-only or noexec",
                      "--no-verify starts no container");
  std::string name = parent + "/bulkhead-proof-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    return base::fail_errno(ErrorCode::io, "make a directory below", parent);
  path_ = name;
  if (::chmod(path_.c_str(), 0755) != 0)
    return base::fail_errno(ErrorCode::io, "change the mode of", path_);
  for (const char* directory : kDirectories) {
    const auto made = base::make_directories(cat(path_, '/', directory), 0755);
    if (!made) return made;
  }
  const auto self =
      base::read_file_at(AT_FDCWD, base::kOwnProgram,
                         {.max_bytes = kMaxProofProgram, .symlinks = base::FollowSymlinks::yes});
  if (!self) return std::unexpected(self.error());
  const auto directory = base::open_directory(path_);
  if (!directory) return std::unexpected(directory.error());
  return base::replace_file_at(directory->get(), "bulkhead", self->bytes,
                               {.mode = 0755, .durable = false});
}

}  // namespace bulkhead::cli
