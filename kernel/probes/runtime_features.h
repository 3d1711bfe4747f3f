// What an OCI runtime says of itself, read from its output; and the cache's form of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/values/node_facts.h"

namespace bulkhead::kernel {

// The first word of `<runtime> --version` when it is of a known family: "runc", "crun", "youki".
[[nodiscard]] std::string runtime_family(std::string_view version_output);

// "1.8.1" of "crun version 1.8.1"; empty where the family is not known or the line has another
// form.
[[nodiscard]] std::string runtime_version(std::string_view version_output);

// `<runtime> features` (runtime-spec features.md): known = true, with what the document says.
// Error (invalid_input): not such a document.
[[nodiscard]] base::Result<policy::RuntimeFeatures> parse_features(std::string text);

// Adds the family, and the flags that it takes where the list of features names none (crun).
void add_family(policy::RuntimeFeatures& features, std::string family);

// One cache file. `key` is what the answer was asked for; an entry of another key, form or version
// is no entry.
struct CacheEntry {
  policy::RuntimeFeatures features;
  std::string library_key;  // of the libseccomp with which features.log_flag was seen; or empty
};
[[nodiscard]] std::string to_cache_entry(const CacheEntry& entry, std::string_view key);
[[nodiscard]] std::optional<CacheEntry> from_cache_entry(std::string text, std::string_view key);

}  // namespace bulkhead::kernel
