// The lists and objects that a case's file holds, each read by the table of its members.
#pragma once

#include <optional>
#include <vector>

#include "conformance/values/case.h"
#include "oci-config/problems.h"

namespace bulkhead::conformance {

void read_edits(const oci_config::JsonValue& list, std::vector<PointedEdit>& into,
                oci_config::Problems& problems);
void read_raw(const oci_config::JsonValue& list, std::vector<RawText>& into,
              oci_config::Problems& problems);
void read_files(const oci_config::JsonValue& list, std::vector<FileToMake>& into,
                oci_config::Problems& problems);
void read_listener(const oci_config::JsonValue& object, CaseListener& into,
                   oci_config::Problems& problems);
void read_steps(const oci_config::JsonValue& list, std::vector<Step>& into,
                oci_config::Problems& problems);

// What a probe does: a list of objects, each with one verb of probe/verbs.h.
void take_inside(const oci_config::JsonValue& list, std::optional<oci_config::JsonValue>& into,
                 oci_config::Problems& problems);

}  // namespace bulkhead::conformance
