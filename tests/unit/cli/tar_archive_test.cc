#include "cli/install/tar_archive.h"

#include <catch2/catch.hpp>
#include <numeric>

using bulkhead::cli::tar_of_program;

TEST_CASE("an archive is a header, the bytes in whole blocks, and two empty blocks") {
  const std::string archive = tar_of_program("bulkhead", std::string(513, 'x'));
  REQUIRE(archive.size() == 512 + 1024 + 1024);
  CHECK(archive.substr(0, 9) == std::string("bulkhead\0", 9));
  CHECK(archive.substr(100, 8) == std::string("0000755\0", 8));
  CHECK(archive.substr(124, 12) == std::string("00000001001\0", 12));
  CHECK(archive.substr(257, 8) == std::string("ustar\00000", 8));
  CHECK(archive.substr(512, 513) == std::string(513, 'x'));
  CHECK(archive.substr(512 + 513) == std::string(511 + 1024, '\0'));
}

TEST_CASE("the checksum of the header is the sum of its bytes, its own field read as spaces") {
  const std::string archive = tar_of_program("p", "");
  std::string header = archive.substr(0, 512);
  const unsigned long written = std::stoul(header.substr(148, 7), nullptr, 8);
  header.replace(148, 8, "        ");
  const unsigned long sum = std::accumulate(
      header.begin(), header.end(), 0UL,
      [](unsigned long total, char byte) { return total + static_cast<unsigned char>(byte); });
  CHECK(written == sum);
}
