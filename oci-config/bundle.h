// The files of a bundle (runtime-spec bundle.md) and of the profile roots, opened safely.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "oci-config/json.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

// An open document file: the directory, the file it was read from and what it held.
struct OpenDocument {
  base::UniqueFd directory;
  std::string name;  // within the directory
  std::string path;  // for messages
  base::UniqueFd file;
  JsonDocument document;
};

// Opens <bundle>/config.json, or a process.json by path. Refused (code io or invalid_input): no
// such bundle, a symlink, a fifo, a device, larger than kMaxConfigBytes, changed while read, not
// JSON.
[[nodiscard]] base::Result<OpenDocument> open_config(const std::string& bundle);
[[nodiscard]] base::Result<OpenDocument> open_process(const std::string& path);

// Opens another file of its directory as what the opened document is to be: replace_document()
// writes under the opened one's name. Errors as above.
[[nodiscard]] base::Result<OpenDocument> open_beside(const OpenDocument& opened,
                                                     const std::string& name);

// Replaces the opened document with `text`: same directory, owner, mode and extended attributes,
// fsync, rename. Nothing is written when the text is the same and the file is still in its place. A
// temporary that a killed run left is removed in either case.
[[nodiscard]] base::Result<void> replace_document(const OpenDocument& opened,
                                                  std::string_view text);

// A seccomp profile read from below one of the profile roots.
struct ProfileFromFile {
  SeccompProfile profile;
  std::string path;    // the file that was read
  std::string sha256;  // of its bytes
};

// Looks for `relative` (already checked by policy/: no "..", not absolute) below each root in order
// and reads the first that exists. Symlinks may lead anywhere below the same root (ConfigMap
// volumes are made of them), never out of it: openat2(2) RESOLVE_BENEATH (Linux 5.6; ENOSYS is an
// error). Errors: io when no root has it (all roots are named), not a regular file, too large,
// changed while read; invalid_input when it is not a profile.
[[nodiscard]] base::Result<ProfileFromFile> load_profile_below(
    const std::vector<std::string>& roots, const std::string& relative);

}  // namespace bulkhead::oci_config
