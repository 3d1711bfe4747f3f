#include "record/keeping/store.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/record/sample_record.h"

namespace bulkhead::record {
namespace {

struct LogDirectory {
  LogDirectory() {
    char pattern[] = "/tmp/bulkhead-record-XXXXXX";
    paths.log = ::mkdtemp(pattern);
  }
  ~LogDirectory() { std::filesystem::remove_all(paths.log); }
  LogDirectory(const LogDirectory&) = delete;
  LogDirectory& operator=(const LogDirectory&) = delete;
  base::Paths paths;
};

void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("a record is found under its name, by root alone") {
  const LogDirectory log;
  REQUIRE(write_record(log.paths, sample_record()).has_value());
  CHECK(read_record(log.paths, "web").value() == sample_record());
  struct stat status {};
  REQUIRE(::stat((log.paths.log + "/record/web.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  REQUIRE(::stat((log.paths.log + "/record").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a node without records has none") {
  const LogDirectory log;
  CHECK(record_names(log.paths).empty());
  CHECK_FALSE(read_record(log.paths, "web").value().has_value());
  const auto read = read_existing(log.paths, "web");
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().sentence() ==
        "there is no record 'web'; there are none; `bulkhead record start` makes one");
}

TEST_CASE("who asks for another record is told which there are") {
  const LogDirectory log;
  for (const char* name : {"web", "db"}) {
    REQUIRE(write_record(log.paths, {.name = name}).has_value());
  }
  write_file(log.paths.log + "/record/.web.json.bulkhead", "half");
  write_file(log.paths.log + "/record/Not one.json", "{}");
  CHECK(record_names(log.paths) == std::vector<std::string>{"db", "web"});
  CHECK(read_existing(log.paths, "app").error().sentence() ==
        "there is no record 'app'; there are db, web");
  CHECK(read_existing(log.paths, "wbe").error().sentence() ==
        "there is no record 'wbe'; did you mean 'web'?");
}

TEST_CASE("no name leads out of the directory of records") {
  const LogDirectory log;
  write_file(log.paths.log + "/outside.json", "{}");
  for (const char* name : {"../outside", "/etc/passwd", ""}) {
    CAPTURE(name);
    CHECK(read_record(log.paths, name).error().code == base::ErrorCode::usage);
    CHECK_FALSE(write_record(log.paths, {.name = name}).has_value());
    CHECK_FALSE(remove_record(log.paths, name).has_value());
  }
}

TEST_CASE("a file that holds another record is refused by name") {
  const LogDirectory log;
  REQUIRE(write_record(log.paths, sample_record()).has_value());
  std::filesystem::rename(log.paths.log + "/record/web.json", log.paths.log + "/record/db.json");
  CHECK_THAT(read_record(log.paths, "db").error().sentence(),
             Catch::Contains("db.json' holds the record 'web'"));
}

TEST_CASE("a record that is a symlink is not followed") {
  const LogDirectory log;
  REQUIRE(write_record(log.paths, sample_record()).has_value());
  std::filesystem::create_symlink("web.json", log.paths.log + "/record/db.json");
  CHECK(read_record(log.paths, "db").error().code == base::ErrorCode::io);
}

TEST_CASE("a record is removed once") {
  const LogDirectory log;
  REQUIRE(write_record(log.paths, sample_record()).has_value());
  CHECK(remove_record(log.paths, "web").value());
  CHECK_FALSE(remove_record(log.paths, "web").value());
}

TEST_CASE("records can be locked where there are none yet") {
  const LogDirectory log;
  CHECK(lock_records(log.paths).has_value());
}

}  // namespace
}  // namespace bulkhead::record
