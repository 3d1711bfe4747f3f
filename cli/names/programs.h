// Where programs of this node are.
#pragma once

#include <string>

namespace bulkhead::cli {

// The first executable of that name in the directories of base/programs.h; empty when there is
// none. `root` is put in front for looking, not in the result.
[[nodiscard]] std::string find_program(const std::string& root, const std::string& name);

// A program of Bulkhead's: beside this one first, since they are installed and replaced together,
// and else as above.
[[nodiscard]] std::string find_own(const std::string& root, const std::string& name);

}  // namespace bulkhead::cli
