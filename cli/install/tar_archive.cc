#include "cli/install/tar_archive.h"

#include <array>
#include <cstddef>
#include <numeric>

namespace bulkhead::cli {

namespace {

constexpr std::size_t kBlock = 512;

// Fields of a ustar header (POSIX.1-2008 pax, "ustar Interchange Format").
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName = {0, 100};
constexpr Field kMode = {100, 8};
constexpr Field kUid = {108, 8};
constexpr Field kGid = {116, 8};
constexpr Field kSize = {124, 12};
constexpr Field kTime = {136, 12};
constexpr Field kChecksum = {148, 8};
constexpr Field kType = {156, 1};
constexpr Field kMagic = {257, 8};

using Header = std::array<char, kBlock>;

void put(Header& header, Field field, std::string_view text) {
  text.substr(0, field.size).copy(&header[field.offset], field.size);
}

// Octal digits that fill the field but for its final NUL.
void put_number(Header& header, Field field, std::size_t number) {
  std::string digits(field.size - 1, '0');
  for (std::size_t at = digits.size(); at-- > 0; number /= 8)
    digits[at] = static_cast<char>('0' + number % 8);
  put(header, field, digits);
}

// Computed with its own field full of spaces.
std::size_t checksum_of(const Header& header) {
  return std::accumulate(
      header.begin(), header.end(), std::size_t{0},
      [](std::size_t sum, char byte) { return sum + static_cast<unsigned char>(byte); });
}

}  // namespace

std::string tar_of_program(std::string_view name, std::string_view bytes) {
  Header header{};
  put(header, kName, name);
  put_number(header, kMode, 0755);
  put_number(header, kUid, 0);
  put_number(header, kGid, 0);
  put_number(header, kSize, bytes.size());
  put_number(header, kTime, 0);
  put(header, kType, "0");
  put(header, kMagic, std::string_view("ustar\00000", 8));
  put(header, kChecksum, "        ");
  put_number(header, kChecksum, checksum_of(header));

  std::string archive(header.begin(), header.end());
  archive += bytes;
  archive.resize((archive.size() + kBlock - 1) / kBlock * kBlock);
  archive.append(2 * kBlock, '\0');  // the end of an archive
  return archive;
}

}  // namespace bulkhead::cli
