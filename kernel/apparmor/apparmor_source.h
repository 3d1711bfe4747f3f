// Which file of the node defines an AppArmor profile, and all that the result of compiling it
// depends on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"

namespace bulkhead::kernel {

struct ProfileSource {
  std::string name;  // of the profile that was asked for; empty for a whole file
  std::string path;  // empty for a text that Bulkhead carries itself
  std::string text;
  bool complain = false;  // the owner's base/force-complain/ names the file
};

// Looks for `profile NAME` in the files of the roots, not below their directories. Names of files
// that apparmor_parser(8) skips are skipped (hidden ones, editors' and dpkg's leftovers).
// Errors: invalid_input: no file defines it; several do; the one that does may be written by
// others than root, or is disabled by base/disable/.
[[nodiscard]] base::Result<ProfileSource> find_profile_source(std::string_view name,
                                                              const AppArmorPlaces& places);
// The same, where nothing is an answer: no file defines it.
[[nodiscard]] base::Result<std::optional<ProfileSource>> look_for_profile_source(
    std::string_view name, const AppArmorPlaces& places);

// One file as a source. Errors: io; invalid_input: others than its owner may write it.
[[nodiscard]] base::Result<ProfileSource> read_profile_source(const std::string& path,
                                                              const AppArmorPlaces& places);

// Everything that shapes what the text compiles to: the text itself, each file that it includes,
// directly or not, found or not, and the parser's settings. The features of the kernel and the
// parser are the caller's to add.
struct CompileInputs {
  std::string content;             // to digest
  std::vector<std::string> paths;  // of the files behind the text, absent ones and directories too
};
[[nodiscard]] CompileInputs compile_inputs(const ProfileSource& source,
                                           const AppArmorPlaces& places);

// False for names of files that hold no profile.
[[nodiscard]] bool may_hold_profiles(std::string_view file_name);

// The regular files of a directory that may hold profiles, sorted; empty when it cannot be listed.
[[nodiscard]] std::vector<std::string> profile_files_in(const std::string& directory);

}  // namespace bulkhead::kernel
