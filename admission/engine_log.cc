#include "admission/engine_log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "audit/events/event.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "base/unique_fd.h"

namespace bulkhead::admission {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kDoing = "open the engine's log";

std::string json_line(std::string_view message, std::string_view time) {
  base::JsonWriter json;
  json.begin_object();
  json.member("level", "error");
  json.member("msg", message);
  json.member("time", time);
  json.end_object();
  return json.take();
}

Result<void> append(const std::string& path, const std::string& line) {
  base::UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!file.valid()) return base::fail_errno(ErrorCode::io, kDoing, path);
  return base::write_all(file.get(), cat(line, "\n"), path);
}

Result<void> send(const std::string& path, std::string_view message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto sent = ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (sent >= 0) return {};
  return base::fail_errno(ErrorCode::io, kDoing, path);
}

// As syslog(3) writes it, which would wait for a listener that does not read.
std::string syslog_message(std::string_view name, std::string_view line) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  char stamp[32] = "";
  if (::localtime_r(&now, &local) != nullptr) {
    (void)std::strftime(stamp, sizeof stamp, "%h %e %T", &local);
  }
  return cat("<", LOG_USER | LOG_ERR, ">", stamp, " ", name, ": ", line);
}

// systemd's "native journal protocol": a line a field.
std::string journal_message(std::string_view id, std::string line) {
  std::ranges::replace(line, '\n', ' ');
  return cat("PRIORITY=", LOG_ERR, "\nSYSLOG_IDENTIFIER=bulkhead\nID=", id, "\nMESSAGE=", line,
             "\n");
}

}  // namespace

std::string engine_log_line(std::string_view message, EngineLog::Form form, std::string_view time) {
  switch (form) {
    case EngineLog::Form::plain: return std::string(message);
    case EngineLog::Form::json: return json_line(message, time);
    case EngineLog::Form::logrus: break;
  }
  return cat("time=\"", time, "\" level=error msg=", base::json_string(message));
}

Result<void> write_engine_log(const EngineLog& log, std::string_view message,
                              const LogSockets& sockets) {
  std::string line = engine_log_line(message, log.form, base::utc_now());
  switch (log.kind) {
    case EngineLog::Kind::none: return {};
    case EngineLog::Kind::file: return append(log.target, line);
    case EngineLog::Kind::syslog: return send(sockets.syslog, syslog_message(log.target, line));
    case EngineLog::Kind::journal:
      return send(sockets.journal, journal_message(log.target, std::move(line)));
  }
  return {};
}

}  // namespace bulkhead::admission
