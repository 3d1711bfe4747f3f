#include "record/keeping/state_file.h"

#include <utility>

#include "base/files.h"

namespace bulkhead::record {

base::Result<void> replace_in(const std::string& directory, const std::string& name,
                              std::string_view bytes, const FileModes& modes) {
  if (auto made = base::make_directories(directory, modes.directory); !made) return made;
  const auto opened = base::open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  return base::replace_file_at(opened->get(), name, bytes, {.mode = modes.file, .durable = false});
}

}  // namespace bulkhead::record
