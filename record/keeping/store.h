// The records of a node: /var/log/bulkhead/record/NAME.json, for root alone, replaced whole so that
// a reader sees the old record or the new one. Whoever changes one holds the lock from reading to
// writing.
//
//   const auto lock = lock_records(paths);
//   auto record = read_record(paths, "web");
//   …
//   write_record(paths, *record);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "base/unique_fd.h"
#include "record/values/record.h"

namespace bulkhead::record {

[[nodiscard]] std::string record_directory(const base::Paths& paths);

// Held while the descriptor is open. Creates the directory (0700). Errors: io, also where another
// has held it for ten seconds.
[[nodiscard]] base::Result<base::UniqueFd> lock_records(const base::Paths& paths);

// Nothing where there is none of that name. Errors: usage (the name), invalid_input (the document;
// a record whose file has another name than itself), io.
[[nodiscard]] base::Result<std::optional<Record>> read_record(const base::Paths& paths,
                                                              std::string_view name);
// The same, where it is an error (usage) that there is none; it tells those that there are.
[[nodiscard]] base::Result<Record> read_existing(const base::Paths& paths, std::string_view name);

// Bounds it first. Errors: usage (the name), io.
[[nodiscard]] base::Result<void> write_record(const base::Paths& paths, Record record);

// Whether there was one. Errors: invalid_input, io.
[[nodiscard]] base::Result<bool> remove_record(const base::Paths& paths, std::string_view name);

// Sorted; none where the directory is not there.
[[nodiscard]] std::vector<std::string> record_names(const base::Paths& paths);

}  // namespace bulkhead::record
