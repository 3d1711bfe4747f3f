// The bundle of a case: config.json made of the base, its parts and its edits, and a root file
// system with the probe in it.
//
// In every text of a case ${ID} is the container's id, ${BUNDLE} and ${ROOTFS} are directories,
// ${PROBE} is the probe outside of the container (for hooks), and ${HOLDER} the process id of one
// that is in namespaces of its own, for namespaces to join.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "conformance/values/case_files.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

struct BundlePlace {
  std::string directory;  // of the bundle; made here
  std::string id;
  std::string probe;   // a file that is linked into the root, on the same file system
  std::string holder;  // a process id
  bool rootless = false;
};

struct Bundle {
  BundlePlace place;
  std::string config;  // as it stands in config.json
  // As it is before raw text, which may be no JSON for a strict reader.
  std::shared_ptr<const oci_config::JsonDocument> document;

  [[nodiscard]] std::string rootfs() const { return place.directory + "/rootfs"; }
  [[nodiscard]] std::string hook_reports() const { return rootfs() + "/out/hooks"; }
  // The text with its variables filled in; and back, for messages that are the same each time.
  [[nodiscard]] std::string filled(std::string text) const;
  [[nodiscard]] std::string neutral(std::string text) const;
};

// A case's config.json, with its variables and without its raw text. Error invalid_input.
[[nodiscard]] base::Result<std::string> config_of(const Case& one, const CaseFiles& files,
                                                  bool rootless);

// Errors: io, invalid_input (an edit that the base does not allow).
[[nodiscard]] base::Result<Bundle> make_bundle(const Case& one, const CaseFiles& files,
                                               BundlePlace place);

// Changes the config.json of a bundle by a patch. Errors as above.
[[nodiscard]] base::Result<void> change_config(Bundle& bundle, const oci_config::JsonValue& patch);

// The container's process changed by a patch, written beside config.json as `exec --process` takes
// it; its path. `inside`, what its probe does, may be absent. Errors as above.
[[nodiscard]] base::Result<std::string> write_process(
    const Bundle& bundle, const std::string& name,
    const std::optional<oci_config::JsonValue>& patch,
    const std::optional<oci_config::JsonValue>& inside);

}  // namespace bulkhead::conformance
