#include "shim/runtime_choice.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/shim/temporary_directory.h"

namespace bulkhead::shim {
namespace {

namespace fs = std::filesystem;

void write_program(const std::string& path, mode_t mode) {
  std::ofstream(path) << "#!/bin/sh\n";
  ::chmod(path.c_str(), mode);
}

TEST_CASE("the shim's name chooses the runtime") {
  CHECK(runtime_named_by("/usr/bin/bulkhead-runc") == "runc");
  CHECK(runtime_named_by("bulkhead-crun") == "crun");
  CHECK(runtime_named_by("/usr/bin/bulkhead-shim").empty());
  CHECK(runtime_named_by("/usr/bin/runc").empty());
}

TEST_CASE("the first candidate that can be executed is taken") {
  const TemporaryDirectory directory;
  write_program(directory / "plain", 0644);
  write_program(directory / "good", 0755);
  const auto chosen =
      choose_runtime({directory / "missing", directory / "plain", directory / "good"});
  REQUIRE(chosen);
  CHECK(*chosen == directory / "good");
}

TEST_CASE("the shim is never its own runtime, under any link, as a copy or as another build") {
  const TemporaryDirectory directory;
  fs::create_symlink("/proc/self/exe", directory / "link");
  fs::copy_file("/proc/self/exe", directory / "copy");
  fs::copy_file("/proc/self/exe", directory / "build");
  std::ofstream(directory / "build", std::ios::app) << "another";
  for (const char* name : {"link", "copy", "build"}) {
    const auto chosen = choose_runtime({directory / name});
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == base::ErrorCode::runtime);
    CHECK(chosen.error().message.find("it is Bulkhead's shim itself") != std::string::npos);
  }
}

TEST_CASE("where no runtime can be executed, each candidate's reason is told") {
  const TemporaryDirectory directory;
  write_program(directory / "plain", 0644);
  const auto chosen = choose_runtime({directory / "plain", "no-such-runtime"});
  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().message.find("not executable") != std::string::npos);
  CHECK(chosen.error().message.find("'no-such-runtime' (not found)") != std::string::npos);
}

}  // namespace
}  // namespace bulkhead::shim
