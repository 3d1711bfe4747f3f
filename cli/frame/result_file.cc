#include "cli/frame/result_file.h"

#include "base/files.h"

namespace bulkhead::cli {

base::Result<void> write_result(const std::string& file, std::string_view text,
                                Environment& environment) {
  if (file.empty()) {
    environment.output.write(text);
    return {};
  }
  constexpr mode_t kMode = 0644;
  const std::size_t slash = file.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  const auto opened = base::open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  return base::replace_file_at(opened->get(), name, text, {.mode = kMode});
}

}  // namespace bulkhead::cli
