#include "shim/process_document.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "kernel/observe/observe.h"
#include "tests/unit/shim/temporary_directory.h"

namespace bulkhead::shim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProcess = R"({"args":["sh"]})";

TEST_CASE("a file is read, and its path gives the same again") {
  const TemporaryDirectory node;
  const auto read = read_process_document(node.write("process.json", kProcess));
  REQUIRE(read);
  CHECK(read->document.text() == kProcess);
  CHECK(read->can_be_read_again);
}

TEST_CASE("a link is followed, as runtimes do, but may lead elsewhere by then") {
  const TemporaryDirectory node;
  node.write("process.json", kProcess);
  fs::create_symlink("process.json", node / "link");
  const auto read = read_process_document(node / "link");
  REQUIRE(read);
  CHECK(read->document.text() == kProcess);
  CHECK_FALSE(read->can_be_read_again);
}

TEST_CASE("a pipe is read through its descriptor, once") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], kProcess.data(), kProcess.size()) ==
          static_cast<ssize_t>(kProcess.size()));
  ::close(ends[1]);
  const auto read = read_process_document(base::cat("/dev/fd/", ends[0]));
  ::close(ends[0]);
  REQUIRE(read);
  CHECK(read->document.text() == kProcess);
  CHECK_FALSE(read->can_be_read_again);
}

TEST_CASE("a fifo that nobody may ever write is refused") {
  const TemporaryDirectory node;
  REQUIRE(::mkfifo((node / "fifo").c_str(), 0600) == 0);
  const auto read = read_process_document(node / "fifo");
  REQUIRE_FALSE(read);
  CHECK(read.error().sentence().find("fifo") != std::string::npos);
}

TEST_CASE("a copy is the caller's own, named by its pid and start time") {
  const TemporaryDirectory node;
  const auto path = write_process_copy_in(node / "exec", kProcess);
  REQUIRE(path);
  CHECK(*path ==
        base::cat(node / "exec", "/", ::getpid(), "-", *kernel::read_start_time(::getpid())));
  CHECK(read_process_document(*path)->document.text() == kProcess);
  struct stat status {};
  REQUIRE(::stat(path->c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(::stat((node / "exec").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("the next copy removes what processes left that are gone, and nothing else") {
  const TemporaryDirectory node;
  const auto own = base::cat("exec/", ::getppid(), "-", *kernel::read_start_time(::getppid()));
  node.write(own, "living");
  node.write("exec/1-18446744073709551615", "another process had this pid");
  node.write("exec/4194999-1", "gone");
  node.write("exec/x", "no name of ours");
  REQUIRE(write_process_copy_in(node / "exec", kProcess));
  CHECK(fs::exists(node / own));
  CHECK_FALSE(fs::exists(node / "exec/1-18446744073709551615"));
  CHECK_FALSE(fs::exists(node / "exec/4194999-1"));
  CHECK_FALSE(fs::exists(node / "exec/x"));
}

TEST_CASE("where no copy can be written it is said") {
  const TemporaryDirectory node;
  node.write("exec", "a file, no directory");
  CHECK_FALSE(write_process_copy_in(node / "exec", kProcess));
}

}  // namespace
}  // namespace bulkhead::shim
