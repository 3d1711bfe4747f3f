#include "admission/engine_log.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/unique_fd.h"

namespace bulkhead::admission {
namespace {

using Kind = EngineLog::Kind;
using Form = EngineLog::Form;
using Catch::Contains;

constexpr std::string_view kTime = "2026-01-02T03:04:05.678Z";

// A socket that listens as the system's log does.
class Listener {
 public:
  explicit Listener(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  [[nodiscard]] std::string heard() const {
    char text[1024];
    const ssize_t size = ::recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
  }

 private:
  base::UniqueFd socket_;
};

TEST_CASE("containerd finds the sentence in the log file as runc would have written it") {
  CHECK(engine_log_line("no \"x\"\n", Form::json, kTime) ==
        "{\"level\":\"error\",\"msg\":\"no "
        "\\\"x\\\"\\u000a\",\"time\":\"2026-01-02T03:04:05.678Z\"}");
  CHECK(engine_log_line("no", Form::logrus, kTime) ==
        "time=\"2026-01-02T03:04:05.678Z\" level=error msg=\"no\"");
}

TEST_CASE("who reads a log of crun's finds the sentence as crun would have written it") {
  CHECK(engine_log_line("no", Form::plain, kTime) == "no");
}

TEST_CASE("the sentence reaches syslog and the journal where crun would have written there") {
  char name[] = "/tmp/bulkhead-log-XXXXXX";
  const std::string directory = ::mkdtemp(name);
  const LogSockets sockets{directory + "/log", directory + "/journal"};
  {
    const Listener syslog(sockets.syslog);
    REQUIRE(write_engine_log({Kind::syslog, "web", Form::plain}, "no", sockets));
    const std::string heard = syslog.heard();
    CHECK_THAT(heard, Catch::StartsWith("<11>") && Catch::EndsWith(" web: no"));
    const Listener journal(sockets.journal);
    REQUIRE(write_engine_log({Kind::journal, "c1", Form::plain}, "no\nFORGED=1", sockets));
    CHECK(journal.heard() ==
          "PRIORITY=3\nSYSLOG_IDENTIFIER=bulkhead\nID=c1\nMESSAGE=no FORGED=1\n");
  }
  std::filesystem::remove_all(directory);
  CHECK_THAT(write_engine_log({Kind::syslog, "web", Form::plain}, "no", sockets).error().message,
             Contains("cannot open the engine's log"));
}

TEST_CASE("no log is no error") { CHECK(write_engine_log({}, "no")); }

TEST_CASE("an engine log that cannot be opened is an error that names it") {
  const auto written = write_engine_log({Kind::file, "/nowhere/at/all", Form::json}, "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == base::ErrorCode::io);
  CHECK(written.error().message ==
        "cannot open the engine's log '/nowhere/at/all': No such file or directory");
}

}  // namespace
}  // namespace bulkhead::admission
