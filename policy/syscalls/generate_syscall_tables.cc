// Prints the tables of system calls for policy/syscalls/syscalls.cc, from
// policy/syscalls/syscalls.tbl on stdin. A program of the build, never installed.
//
// Output, per architecture: constexpr SyscallEntry kSyscalls_<arch>[] sorted by number, and
// constexpr std::uint16_t kByName_<arch>[], the same entries' indexes sorted by name; then
// constexpr FirstKernel kFirstKernels[], sorted by name.
//
// Exit code 1, with the line on stderr, where the input is not such a table.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

struct Entry {
  std::string name;
  std::uint32_t nr;
};

struct Architecture {
  std::string name;
  std::vector<Entry> entries;
};

constexpr std::string_view kHeading = "# System calls of Linux ";

struct Table {
  std::string newest_kernel;
  std::vector<Architecture> architectures;
  std::vector<std::pair<std::string, std::string>> first_kernels;  // of each name; or empty
};

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

bool add_number(Architecture& architecture, const std::string& name, const std::string& cell) {
  if (cell == "-") return true;
  std::uint32_t number = 0;
  const char* const end = cell.data() + cell.size();
  const auto [last, error] = std::from_chars(cell.data(), end, number);
  architecture.entries.push_back({name, number});
  return error == std::errc() && last == end;
}

bool add_line(Table& table, const std::vector<std::string>& words) {
  constexpr std::size_t kBeforeNumbers = 2;
  if (table.architectures.empty()) {
    for (std::size_t i = kBeforeNumbers; i < words.size(); ++i) {
      table.architectures.push_back({words[i], {}});
    }
    return words.size() > kBeforeNumbers;
  }
  if (words.size() != table.architectures.size() + kBeforeNumbers) return false;
  table.first_kernels.emplace_back(words[0], words[1] == "-" ? "" : words[1]);
  for (std::size_t i = 0; i < table.architectures.size(); ++i) {
    if (!add_number(table.architectures[i], words[0], words[i + kBeforeNumbers])) return false;
  }
  return true;
}

bool read_table(Table& table) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.starts_with(kHeading)) {
      table.newest_kernel = line.substr(kHeading.size(), line.find(',') - kHeading.size());
    }
    if (line.starts_with('#') || add_line(table, words_of(line))) continue;
    std::cerr << "not a line of the table of system calls: " << line << '\n';
    return false;
  }
  return !table.architectures.empty() && !table.newest_kernel.empty();
}

void print(Architecture& architecture) {
  std::vector<Entry>& entries = architecture.entries;
  std::ranges::sort(entries, {}, &Entry::nr);
  std::vector<std::size_t> by_name(entries.size());
  std::iota(by_name.begin(), by_name.end(), 0U);
  std::ranges::sort(by_name, {},
                    [&](std::size_t i) -> const std::string& { return entries[i].name; });
  std::printf("constexpr SyscallEntry kSyscalls_%s[] = {\n", architecture.name.c_str());
  for (const Entry& entry : entries)
    std::printf("    {\"%s\", %uU},\n", entry.name.c_str(), entry.nr);
  std::printf("};\nconstexpr std::uint16_t kByName_%s[] = {\n", architecture.name.c_str());
  for (const std::size_t i : by_name) std::printf("    %zu,\n", i);
  std::printf("};\n");
}

}  // namespace

int main() {
  Table table;
  if (!read_table(table)) return 1;
  for (Architecture& architecture : table.architectures) print(architecture);
  std::ranges::sort(table.first_kernels);
  std::printf("constexpr KnownCall kKnownCalls[] = {\n");
  for (const auto& [name, version] : table.first_kernels)
    std::printf("    {\"%s\", \"%s\"},\n", name.c_str(), version.c_str());
  std::printf("};\nconstexpr std::string_view kNewestKernel = \"%s\";\n",
              table.newest_kernel.c_str());
  return std::fflush(stdout) == 0 ? 0 : 1;
}
