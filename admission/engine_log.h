// The runtime log that an engine names with --log: where containerd and CRI-O look for the sentence
// that they show to people. crun's may be the system's log, too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::admission {

struct EngineLog {
  enum class Kind : std::uint8_t { none, file, syslog, journal };
  enum class Form : std::uint8_t {
    logrus,  // time="…" level=error msg="…", as runc writes it
    json,    // {"level":"error","msg":…,"time":…}
    plain,   // the message alone, as crun writes it
  };
  Kind kind = Kind::none;
  std::string target;  // the file's path; the name to speak under in syslog; the journal's field ID
  Form form = Form::logrus;
};

// One line without its end.
[[nodiscard]] std::string engine_log_line(std::string_view message, EngineLog::Form form,
                                          std::string_view time);

// Where the system's logs listen.
struct LogSockets {
  std::string syslog = "/dev/log";
  std::string journal = "/run/systemd/journal/socket";
};

// A file gets one line more (it is created if missing), a socket one message; neither is waited
// for. Nothing where there is no log. Error: io.
[[nodiscard]] base::Result<void> write_engine_log(const EngineLog& log, std::string_view message,
                                                  const LogSockets& sockets = {});

}  // namespace bulkhead::admission
