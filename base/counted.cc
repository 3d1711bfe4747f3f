#include "base/counted.h"

#include "base/text.h"

namespace bulkhead::base {

std::string counted(std::uint64_t count, std::string_view one, std::string_view more) {
  if (count == 1) return cat(count, ' ', one);
  return more.empty() ? cat(count, ' ', one, 's') : cat(count, ' ', more);
}

}  // namespace bulkhead::base
