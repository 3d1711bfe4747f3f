// Many file rules that differ in a name only become one, as a person would write them. Pure.
#pragma once

#include <vector>

#include "record/profiles/file_rules.h"

namespace bulkhead::record {

// kManySiblings with the same permissions in one directory become "DIRECTORY/*.ENDING" or
// "DIRECTORY/*"; those in as many directories below one "DIRECTORY/**". Not for programs that are
// executed, not directly below "/" or one of its directories ("/etc/*" says nothing), and "**" not
// in /proc and /sys. A rule that another one covers goes. Sorted by pattern, before and after.
void glob_siblings(std::vector<FileRule>& rules);

}  // namespace bulkhead::record
