// process.json of an `exec`: read as the runtimes read it, and a changed copy for the runtime.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/paths.h"
#include "oci-config/json.h"

namespace bulkhead::shim {

struct ProcessDocument {
  oci_config::JsonDocument document;
  // The path names the file that was read, and names it again for the runtime: it is neither a
  // link, which may lead elsewhere by then, nor a pipe, which is empty by then.
  bool can_be_read_again = false;
};

// Runtimes follow links and take a descriptor's path, such as /dev/stdin or /dev/fd/63, a pipe
// included. Refused (code io or invalid_input): another fifo, which may never have a writer, a
// device, larger than kMaxConfigBytes, changed while read, not JSON.
[[nodiscard]] base::Result<ProcessDocument> read_process_document(const std::string& path);

// Writes a process.json of our own for the runtime that this process becomes, and returns its
// path: no descriptor of ours reaches the runtime. The file lies in <state>/exec/, or for a user
// of the node in $XDG_RUNTIME_DIR/bulkhead-exec/, named by pid and start time; files whose process
// is gone are removed by the next call. Error (io): none of them can be written.
[[nodiscard]] base::Result<std::string> write_process_copy(std::string_view text,
                                                           const base::Paths& paths);

// The same in one directory, created where it is missing.
[[nodiscard]] base::Result<std::string> write_process_copy_in(const std::string& directory,
                                                              std::string_view text);

}  // namespace bulkhead::shim
