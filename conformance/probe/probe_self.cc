// What a probe tells of its own process.
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/directory.h"
#include "base/text.h"
#include "conformance/probe/verbs.h"
#include "conformance/values/status_text.h"

namespace bulkhead::conformance {

using base::JsonWriter;
using oci_config::JsonValue;

void tell_environment(const JsonValue&, const JsonValue&, const ProbeContext&, JsonWriter& report) {
  report.begin_object("environment");
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t sign = text.find('=');
    if (sign != std::string_view::npos) {
      report.member(text.substr(0, sign), text.substr(sign + 1));
    }
  }
  report.end_object();
}

void tell_directory(const JsonValue&, const JsonValue&, const ProbeContext&, JsonWriter& report) {
  std::array<char, PATH_MAX> path{};
  if (::getcwd(path.data(), path.size()) == nullptr) return report_errno(errno, report);
  report.member("cwd", path.data());
}

void tell_status(const JsonValue&, const JsonValue&, const ProbeContext&, JsonWriter& report) {
  const auto text = read_proc_file("/proc/self/status");
  if (!text) return report_errno(errno, report);
  report.begin_object("status");
  write_status(*text, report);
  report.end_object();
}

void tell_umask(const JsonValue&, const JsonValue&, const ProbeContext&, JsonWriter& report) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  report.member("umask", mask);
}

// By asking for each: /proc may not be there, and looking into it opens one more.
void tell_descriptors(const JsonValue&, const JsonValue&, const ProbeContext&, JsonWriter& report) {
  constexpr int kHighest = 1024;
  report.begin_array("descriptors");
  for (int fd = 0; fd < kHighest; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) report.element_raw(base::cat(fd));
  }
  report.end_array();
}

}  // namespace bulkhead::conformance
