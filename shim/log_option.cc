#include "shim/log_option.h"

namespace bulkhead::shim {

namespace {

using admission::EngineLog;

EngineLog::Form form_of(const CommandLine& line) {
  if (line.log_format == "json") return EngineLog::Form::json;
  return line.family == Family::crun ? EngineLog::Form::plain : EngineLog::Form::logrus;
}

// crun src/libcrun/error.c: get_log_type
EngineLog log_of_crun(const CommandLine& line) {
  const std::string& log = line.log;
  const std::size_t colon = log.find(':');
  if (colon == log.npos) return {EngineLog::Kind::file, log, form_of(line)};
  const std::string kind = log.substr(0, colon);
  const std::string rest = log.substr(colon + 1);
  if (kind == "file") return {EngineLog::Kind::file, rest, form_of(line)};
  if (kind == "syslog") {
    return {EngineLog::Kind::syslog, rest.empty() ? line.container_id : rest, form_of(line)};
  }
  if (kind == "journald") return {EngineLog::Kind::journal, line.container_id, form_of(line)};
  return {};
}

}  // namespace

EngineLog engine_log_of(const CommandLine& line) {
  if (line.log.empty()) return {};
  if (line.family == Family::crun) return log_of_crun(line);
  return {EngineLog::Kind::file, line.log, form_of(line)};
}

}  // namespace bulkhead::shim
