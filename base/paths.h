// Where Bulkhead's files are. A program never takes these from its environment: whoever starts a
// container must not choose the policy. Tests run the real programs in a mount namespace in which
// these directories are their own (tests/integration/lib.sh).
#pragma once

#include <string>

namespace bulkhead::base {

struct Paths {
  std::string settings = "/etc/bulkhead";  // policy.json, policy.d/, seccomp/
  std::string state = "/run/bulkhead";     // containers/<id>.json
  std::string cache = "/var/cache/bulkhead";
  std::string log = "/var/log/bulkhead";  // events.jsonl
};

}  // namespace bulkhead::base
