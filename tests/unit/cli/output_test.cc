#include "cli/screen/output.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/unique_fd.h"

using namespace bulkhead;
using namespace bulkhead::cli;

TEST_CASE("without colour text is as it is") {
  CHECK(Output(false).styled(Style::bad, "x") == "x");
  CHECK(Output(true).styled(Style::bad, "x") == "\x1b[31mx\x1b[0m");
  CHECK(Output(true).styled(Style::bad, "").empty());
}

TEST_CASE("a file is no terminal and gets no colour") {
  const base::UniqueFd file(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  CHECK_FALSE(wants_colour(file.get()));
}

TEST_CASE("a full disk is an error that says so") {
  const base::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  Output output(full.get(), false);
  output.line("text");
  const auto flushed = output.flush();
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().code == base::ErrorCode::io);
  CHECK(flushed.error().message.find("No space left on device") != std::string::npos);
}
