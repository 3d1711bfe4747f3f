#include "kernel/gate/program_image.h"

#include <elf.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <climits>
#include <cstring>

namespace bulkhead::kernel {
namespace {

ProgramImage elf(unsigned char word_size, std::uint16_t machine) {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = word_size;
  header.e_machine = machine;
  return {.size = sizeof header,
          .first_page = std::string(reinterpret_cast<const char*>(&header), sizeof header)};
}

TEST_CASE("a program of another architecture is told by its file") {
  CHECK(other_architecture_of(elf(ELFCLASS32, EM_386)) == "x86");
  CHECK(other_architecture_of(elf(ELFCLASS32, EM_X86_64)) == "x32");
  CHECK(other_architecture_of(elf(ELFCLASS64, EM_X86_64)).empty());
  CHECK(other_architecture_of(elf(ELFCLASS32, EM_ARM)) == "arm");
  CHECK(other_architecture_of(elf(ELFCLASS64, EM_AARCH64)).empty());
}

TEST_CASE("the machine's own program, a script and nothing are of no other architecture") {
  CHECK(other_architecture_of(image_of(::getpid())).empty());
  CHECK(other_architecture_of({.size = 10, .first_page = "#!/bin/sh\n"}).empty());
  CHECK(other_architecture_of({.size = 4, .first_page = ELFMAG}).empty());
  CHECK(other_architecture_of({}).empty());
}

}  // namespace

TEST_CASE("a program is told by what it is, and one that cannot be read is none") {
  CHECK(image_of(::getpid()).is_known());
  CHECK(image_of(::getpid()) == image_of(::getpid()));
  CHECK_FALSE(image_of(INT_MAX).is_known());
}

}  // namespace bulkhead::kernel
