// A record as a JSON document: what `bulkhead record` keeps in its files, exports and imports.
//
// Reading trusts nobody: unknown or repeated members, calls and values out of order, sums that
// cannot be (more calls by exec than calls), and anything beyond the bounds of record.h are errors
// with their place. What was written is read as the same record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "record/values/record.h"

namespace bulkhead::record {

inline constexpr std::size_t kMaxRecordBytes = 16 << 20;

// Of a record that bound() left as it is. Texts that are too long are cut.
[[nodiscard]] std::string to_json(const Record& record);

// Error: invalid_input, with pointer and line.
[[nodiscard]] base::Result<Record> parse_record(std::string text, std::string_view described);

}  // namespace bulkhead::record
