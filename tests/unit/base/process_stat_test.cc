#include "base/process_stat.h"

#include <unistd.h>

#include <catch2/catch.hpp>

namespace bulkhead::base {
namespace {

constexpr std::string_view kRest =
    " 4711 4711 4711 0 -1 4194560 106 0 0 0 1 2 0 0 20 0 1 0 883302 2445312 250";

std::string line_of(std::string_view command) {
  return "12 (" + std::string(command) + ") S" + std::string(kRest) + "\n";
}

TEST_CASE("a process is told by its parent and start time, whatever its command is called") {
  for (const std::string_view command : {"sh", "a b", ") R 1 2 (", "(((", "x)"}) {
    INFO(command);
    const auto process = parse_process_stat(line_of(command));
    REQUIRE(process);
    CHECK(process->state == 'S');
    CHECK(process->parent == 4711);
    CHECK(process->start_time == 883302);
  }
}

TEST_CASE("a line of stat that is cut, or holds no numbers, tells nothing") {
  CHECK_FALSE(parse_process_stat(""));
  CHECK_FALSE(parse_process_stat("12 (sh)"));
  CHECK_FALSE(parse_process_stat("12 (sh) S 1 2 3"));
  CHECK_FALSE(parse_process_stat("12 (sh) S x" + std::string(kRest)));
}

TEST_CASE("this process has its parent, and a process that is not there has nothing") {
  const auto own = read_process_stat(::getpid());
  REQUIRE(own);
  CHECK(own->parent == ::getppid());
  CHECK_FALSE(read_process_stat(::getpid(), "/nowhere"));
}

}  // namespace
}  // namespace bulkhead::base
