#include "admission/engine_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "audit/events/event.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "base/unique_fd.h"

namespace bulkhead::admission {

std::string engine_log_line(std::string_view message, std::string_view format,
                            std::string_view time) {
  if (format != "json") {
    return base::cat("time=\"", time, "\" level=error msg=", base::json_string(message), "\n");
  }
  base::JsonWriter json;
  json.begin_object();
  json.member("level", "error");
  json.member("msg", message);
  json.member("time", time);
  json.end_object();
  return json.finish();
}

base::Result<void> write_engine_log(const std::string& path, std::string_view format,
                                    std::string_view message) {
  base::UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return base::fail_errno(base::ErrorCode::io, "open the engine's log", path);
  return base::write_all(file.get(), engine_log_line(message, format, base::utc_now()), path);
}

}  // namespace bulkhead::admission
