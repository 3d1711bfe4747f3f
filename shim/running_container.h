// The configuration of a container that already runs, from where its runtime keeps its state.
//
//   runc    /run/runc/<id>/state.json, whose labels name the bundle; $XDG_RUNTIME_DIR/runc only
//           where runc is not the node's root
//   crun    $XDG_RUNTIME_DIR/crun or /run/crun, also as root; <id>/config.json is its own copy
//   youki   /run/youki/<id>/state.json, whose member `bundle` names it; rootless, the first of
//           four directories that has the container
//
// The directory's name is the family's, whatever the program is called.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/runtime_spec.h"
#include "shim/runtime_options.h"

namespace bulkhead::shim {

// What of the caller's surroundings decides where a runtime looks.
struct Caller {
  uid_t uid = 0;  // effective
  bool in_user_namespace = false;
  std::string xdg_runtime_dir, home, user;  // from the environment; empty: unset
};
[[nodiscard]] Caller this_caller();

struct StateQuery {
  Family family = Family::other;
  std::string root;          // --root; empty: the runtime's own default
  std::string rootless;      // --rootless, which crun 1.8 takes for a root
  std::string runtime_path;  // of an unknown family: its file name gives the default
  std::string container_id;
  // Whether the runtime builds the process from the bundle's config.json (exec without --process).
  bool reads_bundle_again = false;
};

// Where the runtime keeps its containers: in this order, the first that has the container counts.
[[nodiscard]] std::vector<std::string> state_roots(const StateQuery& query, const Caller& caller);

// Nothing when there is no such container, which the runtime will say itself. Errors: io and
// invalid_input when its configuration cannot be read; refused when runc would read another
// bundle's than the container's, because an annotation is named `bundle`.
[[nodiscard]] base::Result<std::optional<oci_config::RuntimeSpec>> read_container_spec(
    const StateQuery& query, const Caller& caller);

}  // namespace bulkhead::shim
