#include "admission/engine_log.h"

#include <catch2/catch.hpp>

namespace bulkhead::admission {
namespace {

TEST_CASE("containerd finds the sentence in the log file as runc would have written it") {
  CHECK(engine_log_line("no \"x\"\n", "json", "2026-01-02T03:04:05.678Z") ==
        "{\"level\":\"error\",\"msg\":\"no "
        "\\\"x\\\"\\u000a\",\"time\":\"2026-01-02T03:04:05.678Z\"}\n");
  CHECK(engine_log_line("no", "", "2026-01-02T03:04:05.678Z") ==
        "time=\"2026-01-02T03:04:05.678Z\" level=error msg=\"no\"\n");
}

TEST_CASE("an engine log that cannot be opened is an error that names it") {
  const auto written = write_engine_log("/nowhere/at/all", "json", "x");
  REQUIRE_FALSE(written);
  CHECK(written.error().code == base::ErrorCode::io);
  CHECK(written.error().message ==
        "cannot open the engine's log '/nowhere/at/all': No such file or directory");
}

}  // namespace
}  // namespace bulkhead::admission
