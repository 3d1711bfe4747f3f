// What people name when they ask about a filter: a profile's file, a bundle, runtime/default,
// unconfined, a process or a container.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/frame/command.h"
#include "oci-config/runtime_spec.h"
#include "policy/analysis/filter_decision.h"
#include "policy/values/finding.h"
#include "policy/values/node_facts.h"

namespace bulkhead::cli {

struct FilterSource {
  std::string title;  // "profile my-app.json", "process 4711 (node)"
  // Of a profile: expanded. Absent for a process, of which only programs are known.
  std::optional<oci_config::SeccompProfile> profile;
  std::vector<policy::FilterProgram> programs;  // of a process, newest first; none: no filter
  // Of a profile's rules that have another effect than they read: what `check` and `lint` say too.
  std::vector<policy::Finding> findings;
};

struct SourceContext {
  const Environment& environment;
  const policy::NodeFacts& facts;
  oci_config::CapabilityMask capabilities;  // for which a profile's conditions are resolved
};

// "runtime/default", "unconfined"; a number is a process; an existing directory is a bundle, whose
// config.json is read; an existing file is a profile; anything else is a container that Bulkhead
// has a record of. Errors: usage, io, invalid_input, kernel.
[[nodiscard]] base::Result<FilterSource> open_filter_source(const std::string& name,
                                                            const SourceContext& context);

// What is decided, exactly.
[[nodiscard]] base::Result<policy::FilterDecision> decision_of_source(const FilterSource& source,
                                                                      const SourceContext& context);

// The programs that are installed, or that the profile compiles to; for no filter one that allows
// all.
[[nodiscard]] base::Result<std::vector<policy::FilterProgram>> programs_of(
    const FilterSource& source);

}  // namespace bulkhead::cli
