#include "shim/forget_container.h"

#include <algorithm>

#include "audit/records/record.h"
#include "shim/command_line.h"

namespace bulkhead::shim {

namespace {

using audit::ContainerRecord;

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// Whether it is this one that the runtime is about to end, and no other of its id.
bool is_about_to_end(const ContainerRecord& record, const std::vector<ContainerRecord>& of_its_id,
                     const std::string& root) {
  const auto is_there = [&](const ContainerRecord& other) {
    return other.identity.runtime_root == root;
  };
  return is_there(record) && std::ranges::count_if(of_its_id, is_there) == 1;
}

}  // namespace

void forget_deleted(const std::vector<std::string>& words, std::string_view directory,
                    const base::Paths& paths) {
  if (!has_word(words, "delete")) return;
  const bool forced = has_word(words, "--force") || has_word(words, "-f");
  const std::string root = parse_command_line(words, Family::other, directory).root;
  for (const std::string& word : words) {
    const auto named = audit::records_named(paths, word);
    for (const ContainerRecord& record : named) {
      const bool ends = forced && is_about_to_end(record, named, root);
      if (ends || audit::is_stale(record)) (void)audit::remove_record(paths, record);
    }
  }
}

}  // namespace bulkhead::shim
