// The AppArmor profiles that record what containers do (policy/values/apparmor_recorder.h), in the
// kernel. Such a profile denies nothing: what it has no rule for is allowed with a record, and each
// execution is recorded, since without a rule for it no_new_privs would forbid it.
//
// Each start has one of its own name, because the kernel records a capability once for each name.
// The text is compiled once, under a name of the same length, and loaded under another each time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"

namespace bulkhead::kernel {

// "rec-web-5f0c91d2a7b3e684" for the record `web`; another one each time.
[[nodiscard]] std::string new_recorder_name(std::string_view record);

struct RecorderOrder {
  std::string name;
  std::string rules;    // what need not be recorded any more: lines of rules, each with its comma
  std::string about;    // the path of the record, by which the compiled text is remembered
  bool silent = false;  // record nothing any more
};

// Loads it, or takes the place of the one of that name, at once for whom it records. Errors:
// unsupported: no AppArmor, no parser; invalid_input, io: it does not compile; kernel: it is not
// taken.
[[nodiscard]] base::Result<void> load_recorder(const RecorderOrder& order,
                                               const AppArmorPlaces& places);

// The same of one that is not there is no error. Error: kernel.
[[nodiscard]] base::Result<void> remove_recorder(const std::string& name,
                                                 const AppArmorPlaces& places);

[[nodiscard]] bool is_recorder_loaded(const std::string& name, const AppArmorPlaces& places);

}  // namespace bulkhead::kernel
