// Whether a filter of the logs means anybody at all. What matches nothing because nobody is called
// so is a mistake to tell, with the nearest name; an empty list would look like an answer.
#pragma once

#include "audit/records/engine_names.h"
#include "base/error.h"
#include "base/paths.h"
#include "cli/denials/denial_query.h"

namespace bulkhead::cli {

// Error (usage): no kernel has a system call of that name.
[[nodiscard]] base::Result<void> check_syscall(const std::string& name);

// For a query that matched nothing. Errors (usage): no container, or no namespace, of that name is
// in the records, the logs or the engines' own lists; io: those cannot be read.
[[nodiscard]] base::Result<void> check_somebody_is_meant(const DenialQuery& query,
                                                         const base::Paths& paths,
                                                         const audit::EngineNames& names);

}  // namespace bulkhead::cli
