// A probe as an OCI hook: what a hook is given, kept as a line of a file.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::conformance {

// hook FILE NAME [EXIT-CODE [MILLISECONDS]]: waits that long, appends {"hook": NAME, "state": …,
// "environment": …, "cwd": …, "status": …} to the file, and ends with that code.
[[nodiscard]] int report_as_hook(const std::vector<std::string>& words);

}  // namespace bulkhead::conformance
