#include "cli/frame/command.h"

#include <algorithm>

namespace bulkhead::cli {

std::vector<Option> Command::all_options() {
  std::vector<Option> all = options();
  const bool has_own = std::ranges::find(all, "--json", &Option::name) != all.end();
  if (!has_own) {
    all.push_back({"--json", "", "print JSON, as every command does", &lines_as_json_});
  }
  return all;
}

}  // namespace bulkhead::cli
