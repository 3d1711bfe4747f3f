// A record for people and for programs: which calls, how often, when, in how many containers. Pure.
#pragma once

#include <string>

#include "cli/screen/output.h"
#include "record/values/calls.h"
#include "record/values/record.h"

namespace bulkhead::cli {

struct RecordView {
  record::Joins joins = record::Joins::counted;
  record::Time new_since = 0;  // only calls that were first made at that time or later
};

void write_record(const record::Record& record, const RecordView& view, Output& output);
// One JSON object: the containers, the calls by name, the losses.
[[nodiscard]] std::string record_json(const record::Record& record, const RecordView& view);

}  // namespace bulkhead::cli
