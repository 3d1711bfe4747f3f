// All that is logged of one container, decisions and denials, in the order in which it happened.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

struct StoryLine {
  std::string time;  // RFC 3339
  std::string text;  // for people
  std::string json;  // the line as it was logged
};

// Error: io.
[[nodiscard]] base::Result<std::vector<StoryLine>> story_of(const base::Paths& paths,
                                                            const WantedContainers& wanted);

}  // namespace bulkhead::cli
