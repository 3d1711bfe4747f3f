// Prints the tables of system calls for policy/syscalls/syscalls.cc, from the libseccomp of the
// machine that builds. A program of the build, never installed.
//
// Output, per architecture: constexpr SyscallEntry kSyscalls_<arch>[] sorted by number, and
// constexpr std::uint16_t kByName_<arch>[], the same entries' indexes sorted by name.

#include <seccomp.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

struct Architecture {
  const char* name;
  std::uint32_t token;
  std::vector<Range> numbers;
};

// Numbers beyond these are of no system call in any kernel that libseccomp 2.5 or 2.6 knows: new
// ones are below 500, x32's own end at 547, ARM's private ones are __ARM_NR_BASE (0xf0000) + 1
// to 6.
const Architecture kArchitectures[] = {
    {"x86_64", SCMP_ARCH_X86_64, {{0, 1023}}},
    {"x86", SCMP_ARCH_X86, {{0, 1023}}},
    {"x32", SCMP_ARCH_X32, {{0x40000000, 0x40000000 + 1023}}},
    {"aarch64", SCMP_ARCH_AARCH64, {{0, 1023}}},
    {"arm", SCMP_ARCH_ARM, {{0, 1023}, {0xf0000, 0xf0000 + 15}}},
};

struct Entry {
  std::string name;
  std::uint32_t nr;
};

void add_range(std::vector<Entry>& entries, std::uint32_t token, Range range) {
  for (std::uint32_t nr = range.first; nr <= range.last; ++nr) {
    char* name = seccomp_syscall_resolve_num_arch(token, static_cast<int>(nr));
    if (name == nullptr) continue;
    entries.push_back({name, nr});
    std::free(name);
  }
}

void print(const Architecture& architecture) {
  std::vector<Entry> entries;
  for (const Range range : architecture.numbers) add_range(entries, architecture.token, range);
  std::vector<std::size_t> by_name(entries.size());
  std::iota(by_name.begin(), by_name.end(), 0U);
  std::ranges::sort(by_name, {},
                    [&](std::size_t i) -> const std::string& { return entries[i].name; });

  std::printf("constexpr SyscallEntry kSyscalls_%s[] = {\n", architecture.name);
  for (const Entry& entry : entries)
    std::printf("    {\"%s\", %uU},\n", entry.name.c_str(), entry.nr);
  std::printf("};\nconstexpr std::uint16_t kByName_%s[] = {\n", architecture.name);
  for (const std::size_t i : by_name) std::printf("    %zu,\n", i);
  std::printf("};\n");
}

}  // namespace

int main() {
  for (const Architecture& architecture : kArchitectures) print(architecture);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
