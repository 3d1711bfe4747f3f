// Records that somebody else may have written: reading fails by an error with a place or gives a
// record within its bounds, and what it gives is written and read as the same one. No name in it
// leaves its rule in an AppArmor profile that is made of it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "policy/advice/apparmor_lint.h"
#include "policy/advice/apparmor_text.h"
#include "record/profiles/apparmor_profile.h"
#include "record/values/record_json.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::record;
using bulkhead::fuzz::require;

namespace {

bool begins_as_ours(std::string_view rule) {
  constexpr std::array<std::string_view, 12> kBeginnings = {
      "include <", "capability ", "network ", "unix", "signal (", "ptrace (",
      "owner /",   "owner \"/",   "/",        "\"/",  "link ",    "umount "};
  return rule.starts_with("audit deny ") ||
         std::ranges::any_of(kBeginnings,
                             [&](std::string_view word) { return rule.starts_with(word); });
}

// One profile from the first brace to the last byte, whatever names the record has.
void make_apparmor_profile(const Record& record) {
  using namespace bulkhead::policy;
  const auto text = apparmor_profile_of(record, "fuzz", {});
  if (!text) return;
  const auto profiles = profiles_defined_in(*text);
  require(profiles.size() == 1 && profiles[0].body_end + 2 == text->size(),
          "a record makes one profile");
  for (const AppArmorRule& rule : rules_of(profiles[0], *text)) {
    require(begins_as_ours(rule.text), "no name is a rule of its own");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record =
      parse_record(std::string(reinterpret_cast<const char*>(data), size), "record");
  if (!record) {
    require(record.error().message.starts_with("record"), "an error names the document");
    return 0;
  }
  require(record->containers.size() <= kMostContainers && entries_of(*record) <= kMostEntries,
          "a record is bounded");
  const auto again = parse_record(to_json(*record), "record");
  require(again.has_value() && *again == *record, "a record that was read can be written");
  require(merge(*record, *again) == *record, "merging a record with itself changes nothing");
  make_apparmor_profile(*record);
  return 0;
}
