#include "kernel/gate/program_image.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "base/unique_fd.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::kernel {

using oci_config::SeccompArch;

ProgramImage image_of(pid_t process) {
  constexpr std::size_t kPage = 4096;
  const std::string path = base::cat("/proc/", process, "/exe");
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return {};
  ProgramImage image{.size = status.st_size, .first_page = std::string(kPage, '\0')};
  const ssize_t size = ::pread(file.get(), image.first_page.data(), kPage, 0);
  image.first_page.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return image;
}

std::string other_architecture_of(const ProgramImage& image) {
  struct Row {
    unsigned char word_size;  // EI_CLASS
    std::uint16_t machine;
    SeccompArch arch;
  };
  constexpr std::array<Row, 3> kRows = {{{ELFCLASS32, EM_386, SeccompArch::x86},
                                         {ELFCLASS32, EM_X86_64, SeccompArch::x32},
                                         {ELFCLASS32, EM_ARM, SeccompArch::arm}}};
  Elf32_Ehdr header;  // as far as the machine, both sizes have the same
  if (image.first_page.size() < sizeof header || !image.first_page.starts_with(ELFMAG)) return {};
  std::memcpy(&header, image.first_page.data(), sizeof header);
  for (const Row& row : kRows) {
    if (header.e_ident[EI_CLASS] != row.word_size || header.e_machine != row.machine) continue;
    return row.arch == oci_config::native_arch() ? std::string() : short_name(row.arch);
  }
  return {};
}

std::string program_path_of(pid_t process) {
  char path[4096];
  const ssize_t size = ::readlink(base::cat("/proc/", process, "/exe").c_str(), path, sizeof path);
  return {path, size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace bulkhead::kernel
