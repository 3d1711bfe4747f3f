#include "cli/engines/engine_config_apply.h"

#include <span>

namespace bulkhead::cli {

namespace {

using base::Result;

Result<void> put(const RootTree& tree, const std::string& path,
                 const std::optional<std::string>& text) {
  return text ? tree.write(path, *text) : tree.remove(path);
}

Result<void> put_back(const RootTree& tree, std::span<const FileEdit> done) {
  Result<void> first;
  for (auto file = done.rbegin(); file != done.rend(); ++file) {
    auto put_one = put(tree, file->path, file->before);
    if (!put_one && first) first = std::move(put_one);
  }
  return first;
}

}  // namespace

Result<void> check_writable(const RootTree& tree, const EngineEdit& edit) {
  for (const FileEdit& file : edit.files) {
    if (auto can = tree.check_writable(file.path); !can) return can;
  }
  return {};
}

Result<void> apply_edit(const RootTree& tree, const EngineEdit& edit) {
  for (std::size_t at = 0; at < edit.files.size(); ++at) {
    auto done = put(tree, edit.files[at].path, edit.files[at].after);
    if (done) continue;
    (void)put_back(tree, std::span(edit.files).first(at));  // the first failure is the one to tell
    return done;
  }
  for (const std::string& path : edit.considered) tree.remove_temporaries_of(path);
  return {};
}

Result<void> revert_edit(const RootTree& tree, const EngineEdit& edit) {
  return put_back(tree, edit.files);
}

}  // namespace bulkhead::cli
