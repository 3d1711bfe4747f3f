#include "oci-config/bundle.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;
using base::UniqueFd;

// O_NONBLOCK: a fifo in place of the file must not hold us up.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

Result<UniqueFd> open_document_file(const UniqueFd& directory, const std::string& name,
                                    const std::string& path) {
  UniqueFd file(::openat(directory.get(), name.c_str(), kOpenFlags | O_NOFOLLOW));
  if (file.valid()) return file;
  if (errno == ELOOP) {
    return base::fail(ErrorCode::io, cat(quoted(path), " is a symbolic link, not a regular file"),
                      "put the file itself there: a link could lead to another container's");
  }
  return base::fail_errno(ErrorCode::io, "open", path);
}

Result<OpenDocument> open_in(UniqueFd directory, std::string name, std::string path) {
  auto file = open_document_file(directory, name, path);
  if (!file) return std::unexpected(std::move(file.error()));
  auto content = base::read_open_file(*file, path, kMaxConfigBytes);
  if (!content) return std::unexpected(std::move(content.error()));
  auto document = JsonDocument::parse(std::move(content->bytes), {.described = name});
  if (!document) return std::unexpected(std::move(document.error()));
  return OpenDocument{std::move(directory), std::move(name), std::move(path), std::move(*file),
                      std::move(*document)};
}

struct SplitPath {
  std::string directory;
  std::string name;
};

SplitPath split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// ---- profiles below a root ---------------------------------------------------------------------

// openat2(2), Linux 5.6; glibc 2.36 has no wrapper.
UniqueFd open_beneath(const UniqueFd& root, const std::string& relative) {
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; ++tries) {
    const long fd = ::syscall(SYS_openat2, root.get(), relative.c_str(), &how, sizeof how);
    constexpr int kMaxTries = 16;  // EAGAIN: something was renamed while the path was walked
    if (fd >= 0 || errno != EAGAIN || tries == kMaxTries) return UniqueFd(static_cast<int>(fd));
  }
}

std::unexpected<base::Error> cannot_open(const std::string& root, const std::string& relative) {
  const std::string path = cat(root, "/", relative);
  switch (errno) {
    case EXDEV:
      return base::fail(ErrorCode::io,
                        cat(quoted(path), " leads out of the profile root ", quoted(root)),
                        "keep the profile below the root; links may lead there only relatively");
    case ENOSYS:
      return base::fail(ErrorCode::unsupported,
                        "this kernel has no openat2(2), which keeps profiles below their root",
                        "use Linux 5.6 or later");
    case ELOOP:
      return base::fail(ErrorCode::io, cat(quoted(path), " goes through too many or magic links"));
    default: return base::fail_errno(ErrorCode::io, "open the seccomp profile", path);
  }
}

bool is_missing(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

// Nothing when this root does not have it.
Result<std::optional<UniqueFd>> open_below(const std::string& root, const std::string& relative) {
  const UniqueFd directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    if (is_missing(errno)) return std::nullopt;
    return base::fail_errno(ErrorCode::io, "open the profile root", root);
  }
  UniqueFd file = open_beneath(directory, relative);
  if (file.valid()) return std::optional(std::move(file));
  if (is_missing(errno)) return std::nullopt;
  return cannot_open(root, relative);
}

Result<ProfileFromFile> read_profile(const UniqueFd& file, std::string path) {
  auto content = base::read_open_file(file, path, kMaxProfileBytes);
  if (!content) return std::unexpected(std::move(content.error()));
  std::string digest = base::sha256_hex(content->bytes);
  auto profile = parse_seccomp_profile(std::move(content->bytes), path);
  if (!profile) return std::unexpected(std::move(profile.error()));
  return ProfileFromFile{std::move(*profile), std::move(path), std::move(digest)};
}

// Its name still leads to the file that was opened.
bool is_in_place(const OpenDocument& opened) {
  struct stat named {
  }, read{};
  return ::fstatat(opened.directory.get(), opened.name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(opened.file.get(), &read) == 0 && named.st_dev == read.st_dev &&
         named.st_ino == read.st_ino;
}

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> safe;
  for (const std::string& text : texts) safe.push_back(quoted(text));
  return base::join(safe, ", ");
}

}  // namespace

Result<OpenDocument> open_config(const std::string& bundle) {
  UniqueFd directory(::open(bundle.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return base::fail_errno(ErrorCode::io, "open the bundle", bundle);
  return open_in(std::move(directory), "config.json", cat(bundle, "/config.json"));
}

Result<OpenDocument> open_process(const std::string& path) {
  SplitPath parts = split(path);
  auto directory = base::open_directory(parts.directory);
  if (!directory) return std::unexpected(std::move(directory.error()));
  return open_in(std::move(*directory), std::move(parts.name), path);
}

Result<OpenDocument> open_beside(const OpenDocument& opened, const std::string& name) {
  UniqueFd directory(::fcntl(opened.directory.get(), F_DUPFD_CLOEXEC, 0));
  if (!directory.valid()) return base::fail_errno(ErrorCode::io, "open beside", opened.path);
  auto beside = open_in(std::move(directory), name, opened.path);
  if (beside) beside->name = opened.name;
  return beside;
}

Result<void> replace_document(const OpenDocument& opened, std::string_view text) {
  if (text == opened.document.text() && is_in_place(opened)) {
    base::remove_stale_temporary(opened.directory.get(), opened.name);
    return {};
  }
  auto replaced = base::replace_file_at(opened.directory.get(), opened.name, text,
                                        {.like_fd = opened.file.get()});
  if (!replaced)
    return std::unexpected(
        std::move(replaced.error()).within(cat("writing ", quoted(opened.path))));
  return {};
}

Result<ProfileFromFile> load_profile_below(const std::vector<std::string>& roots,
                                           const std::string& relative) {
  for (const std::string& root : roots) {
    auto file = open_below(root, relative);
    if (!file) return std::unexpected(std::move(file.error()));
    if (*file) return read_profile(**file, cat(root, "/", relative));
  }
  return base::fail(ErrorCode::io,
                    cat("there is no seccomp profile ", quoted(relative), " below ",
                        roots.empty() ? "any profile root: none is set" : quoted_list(roots)),
                    "put the profile there on this node, or refer to one that is there");
}

}  // namespace bulkhead::oci_config
