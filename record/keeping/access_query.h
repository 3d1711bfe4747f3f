// What the kernel is asked to know whether an AppArmor profile allows an access. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/apparmor/apparmor_query.h"
#include "record/values/access.h"

namespace bulkhead::record {

// All of these must be allowed; none where no rule of a profile that is made of a record comes of
// the access. `profile`: that is asked, which an access to the container itself is one to. Error:
// unsupported, for what no query holds: a capability; a name that is not known here; an access to
// the container itself where its label is a stack.
[[nodiscard]] base::Result<std::vector<kernel::RuleQuery>> queries_of(const Access& access,
                                                                      std::string_view profile);

}  // namespace bulkhead::record
