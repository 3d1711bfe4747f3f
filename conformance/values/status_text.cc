#include "conformance/values/status_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"

namespace bulkhead::conformance {

std::optional<std::string> read_proc_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::string text;
  std::array<char, 8192> bytes{};
  ssize_t got = 0;
  while ((got = ::read(file.get(), bytes.data(), bytes.size())) > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) return std::nullopt;
  return text;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const bool space = letter == ' ' || letter == '\t' || letter == '\n';
    if (!space) out += letter;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

void write_status(std::string_view text, base::JsonWriter& report) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    report.member(line.substr(0, colon), squeezed(line.substr(colon + 1)));
  }
}

}  // namespace bulkhead::conformance
