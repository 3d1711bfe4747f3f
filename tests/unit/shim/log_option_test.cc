#include "shim/log_option.h"

#include <catch2/catch.hpp>

namespace bulkhead::shim {
namespace {

using admission::EngineLog;
using Kind = EngineLog::Kind;
using Form = EngineLog::Form;

EngineLog log_of(const std::string& value, Family family, const std::string& format = {}) {
  std::vector<std::string> words{"shim", "--log=" + value, "create", "--bundle=/b", "c1"};
  if (!format.empty()) words.insert(words.begin() + 1, "--log-format=" + format);
  return engine_log_of(parse_command_line(words, family, "/here"));
}

bool same(const EngineLog& log, Kind kind, const std::string& target, Form form) {
  return log.kind == kind && log.target == target && log.form == form;
}

}  // namespace

TEST_CASE("every runtime but crun is told a file") {
  for (const Family family : {Family::runc, Family::youki, Family::other}) {
    CHECK(same(log_of("/l", family), Kind::file, "/l", Form::logrus));
    CHECK(same(log_of("/syslog:x", family, "json"), Kind::file, "/syslog:x", Form::json));
  }
}

TEST_CASE("crun's log is a file, syslog or the journal, as crun reads it") {
  CHECK(same(log_of("/l", Family::crun), Kind::file, "/l", Form::plain));
  CHECK(same(log_of("file:/l", Family::crun, "json"), Kind::file, "/l", Form::json));
  CHECK(same(log_of("syslog:web", Family::crun), Kind::syslog, "web", Form::plain));
  CHECK(same(log_of("syslog:", Family::crun), Kind::syslog, "c1", Form::plain));
  CHECK(same(log_of("journald:x", Family::crun, "json"), Kind::journal, "c1", Form::json));
  CHECK(log_of("smoke:signals", Family::crun).kind == Kind::none);
}

TEST_CASE("no --log is no log") {
  CHECK(engine_log_of(parse_command_line({"shim", "create", "c1"}, Family::crun, "/here")).kind ==
        Kind::none);
}

}  // namespace bulkhead::shim
