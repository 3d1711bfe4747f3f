// The configuration of a container that already runs, from its runtime's state directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "oci-config/runtime_spec.h"

namespace bulkhead::shim {

struct StateQuery {
  std::string root;          // --root; empty: the runtime's own default
  std::string runtime_path;  // its file name gives that default: /run/<name>
  std::string container_id;
};

// Reads the config.json that the runtime keeps or refers to: crun copies it to <root>/<id>/, runc
// names the bundle in the labels of <root>/<id>/state.json. Nothing when there is no such container
// (the runtime will say so itself); an error when its configuration cannot be read.
[[nodiscard]] base::Result<std::optional<oci_config::RuntimeSpec>> read_container_spec(
    const StateQuery& query);

}  // namespace bulkhead::shim
