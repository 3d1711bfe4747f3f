// Which program a process executes: a copy of it in a memfd, from which runc executes itself, is
// the same program. Told by size and first page, which holds an ELF file's build id.
#pragma once

#include <sys/types.h>

#include <string>

namespace bulkhead::kernel {

struct ProgramImage {
  off_t size = 0;
  std::string first_page;
  // Two that could not be read are not the same program.
  [[nodiscard]] bool is_known() const { return !first_page.empty(); }
  bool operator==(const ProgramImage&) const = default;
};

// Of /proc/<pid>/exe; an empty one, which no program has, where it cannot be read.
[[nodiscard]] ProgramImage image_of(pid_t process);

// "x86", "x32", "arm": as which architecture the program calls the kernel, where that is not the
// machine's own. Empty else, and for what is no ELF file.
[[nodiscard]] std::string other_architecture_of(const ProgramImage& image);

// What it executes, as /proc/<pid>/exe names it; empty where that cannot be read.
[[nodiscard]] std::string program_path_of(pid_t process);

}  // namespace bulkhead::kernel
