#include "shim/forget_container.h"

#include <algorithm>

#include "audit/records/record.h"

namespace bulkhead::shim {

namespace {

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

void forget_deleted(const std::vector<std::string>& words, const base::Paths& paths) {
  if (!has_word(words, "delete")) return;
  const bool forced = has_word(words, "--force") || has_word(words, "-f");
  for (const std::string& word : words) {
    const auto record = audit::read_record(paths, word);
    if (!record || !*record || !(forced || audit::is_stale(**record))) continue;
    (void)audit::remove_record(paths, word);
  }
}

}  // namespace bulkhead::shim
