// What a probe can do, one verb each. A verb gets its value and the object that it stands in, and
// writes the members of its report. What the system refuses is a report, too: {"errno": "EPERM"}.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

struct ProbeContext {
  std::string program;  // by which this program executes itself
};

using Perform = void(const oci_config::JsonValue& value, const oci_config::JsonValue& object,
                     const ProbeContext& context, base::JsonWriter& report);

struct Verb {
  std::string_view name;
  std::string_view help;
  Perform* perform;
};

[[nodiscard]] std::span<const Verb> verbs();
// The verb among the members of a thing to do; null where there is none.
[[nodiscard]] const Verb* verb_of(const oci_config::JsonValue& object);

// All of a list, as a JSON array of reports.
[[nodiscard]] std::string perform_all(const oci_config::JsonValue& list,
                                      const ProbeContext& context);

// "errno": its name, or its number where it has none.
void report_errno(int error, base::JsonWriter& report);

// ---- the verbs, by what they are about ----------------------------------------------------------

Perform make_call;  // probe_call.cc
Perform read_a_file, write_a_file, open_a_file, look_at_a_file, list_a_directory, read_a_link;
Perform tell_environment, tell_directory, tell_status, tell_umask, tell_descriptors;
Perform execute_itself, execute_a_program, in_a_thread;  // probe_children.cc

}  // namespace bulkhead::conformance
