// What the kernel says of a process of a container, as JSON: the document that a case's "outside"
// is held against. Only what the case asks for is looked at.
//
//   filters       {"count": 1, "meaning": "equal", "witness": "…", "logs": true}: what is installed
//                 against linux.seccomp of config.json, exactly; "none" where nothing is installed
//   label         AppArmor's: {"name": "unconfined", "mode": ""}
//   status        /proc/<pid>/status by its keys: {"NoNewPrivs": "1", "Uid": "0 0 0 0"}
//   capabilities  {"bounding": ["CAP_KILL"], …}
//   namespaces    by the names of config.json: "new", "host" or "holder"
//   mounts        by mount point: {"type", "source", "root", "options", "propagation"}
//   limits        /proc/<pid>/limits by its names: "1024 4096"
//   proc          files of /proc/<pid>, white space squeezed: {"oom_score_adj": "0"}
//   cgroup        files of its control groups: {"pids.max": "64"}
//   descriptors   what it has open above 2: [{"number": 3, "target": "/dev/null"}]
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json_writer.h"
#include "conformance/running/bundle.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

struct Observed {
  pid_t process = 0;
  const Bundle& bundle;
  std::string holder;  // a process id, or empty
};

struct ObservedThing {
  std::string_view name;
  std::string_view help;
  // `wanted` is the case's expectation of it: names what to look at where there is a choice.
  base::Result<void> (*write)(const Observed& of, const oci_config::JsonValue& wanted,
                              base::JsonWriter& json);
};

[[nodiscard]] std::span<const ObservedThing> observed_things();

// An object with what `wanted` names. Errors: kernel (it cannot be looked at), invalid_input (the
// case asks for something that is not in the table).
[[nodiscard]] base::Result<std::string> observe(const Observed& of,
                                                const oci_config::JsonValue& wanted);

}  // namespace bulkhead::conformance
