#include "cli/engines/installed_file.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;

constexpr const char* kFile = "/var/lib/bulkhead/installed.json";

struct StageRow {
  PromiseStage stage;
  std::string_view name;
};
constexpr StageRow kStages[] = {
    {PromiseStage::changing, "changing"},
    {PromiseStage::unread, "unread"},
    {PromiseStage::kept, "kept"},
};

std::string text_of(const EnginePromise& one) {
  const auto& row = *std::ranges::find(kStages, one.stage, &StageRow::stage);
  return cat(base::json_string(row_of(one.kind).name),
             ": { \"runtime_class\": ", base::json_string(one.runtime_class),
             ", \"stage\": ", base::json_string(row.name), " }");
}

std::string string_in(const oci_config::JsonValue& object, std::string_view name) {
  const auto value = object.member(name);
  const bool is_text = value && value->is(oci_config::JsonType::string);
  return is_text ? std::string(value->string()) : std::string();
}

EnginePromise promise_from(EngineKind kind, const oci_config::JsonValue& made) {
  EnginePromise promise{.kind = kind, .runtime_class = string_in(made, "runtime_class")};
  const std::string stage = string_in(made, "stage");
  const auto* row = std::ranges::find(kStages, stage, &StageRow::name);
  if (row != std::end(kStages)) promise.stage = row->stage;
  return promise;
}

std::string text_of(const Installation& installed) {
  std::vector<std::string> members;
  for (const EnginePromise& one : installed.promises) members.push_back(text_of(one));
  std::vector<std::string> quoted;
  for (const std::string& path : installed.directories) quoted.push_back(base::json_string(path));
  if (!quoted.empty()) members.push_back(cat("\"directories\": [", base::join(quoted, ", "), "]"));
  return cat("{\n  ", base::join(members, ",\n  "), "\n}\n");
}

std::vector<std::string> strings_in(const oci_config::JsonValue& object, std::string_view name) {
  std::vector<std::string> strings;
  const auto list = object.member(name);
  if (!list || !list->is(oci_config::JsonType::array)) return strings;
  for (auto one = list->first(); one; one = one->next()) {
    if (one->is(oci_config::JsonType::string)) strings.emplace_back(one->string());
  }
  return strings;
}

// Those above the path, the outermost first; without the root.
std::vector<std::string> directories_above(const std::string& path) {
  std::vector<std::string> directories;
  for (std::size_t slash = path.find('/', 1); slash != path.npos; slash = path.find('/', slash + 1))
    directories.push_back(path.substr(0, slash));
  return directories;
}

void add_missing_above(const RootTree& tree, const std::string& path,
                       std::vector<std::string>& directories) {
  for (std::string& directory : directories_above(path)) {
    const bool is_known = std::ranges::find(directories, directory) != directories.end();
    if (!is_known && !tree.exists(directory)) directories.push_back(std::move(directory));
  }
}

bool is_above(const std::string& directory, const std::string& path) {
  return path.starts_with(directory + '/');
}

bool holds_ours(const RootTree& tree, const std::string& directory) {
  return std::ranges::any_of(tree.files_below(directory), [](const std::string& path) {
    return path == kFile || path.substr(path.rfind('/')).contains("bulkhead");
  });
}

// The innermost first. Those that are left.
std::vector<std::string> remove_empty(const RootTree& tree, std::vector<std::string> directories) {
  std::vector<std::string> left;
  std::ranges::sort(directories);
  while (!directories.empty()) {
    std::string directory = std::move(directories.back());
    directories.pop_back();
    if (!tree.remove_directory(directory)) left.insert(left.begin(), std::move(directory));
  }
  return left;
}

}  // namespace

Result<Installation> read_installed(const RootTree& tree) {
  Installation installed;
  auto text = tree.read(kFile);
  if (!text) return std::unexpected(std::move(text.error()));
  if (!*text) return installed;
  const auto document = oci_config::JsonDocument::parse(std::move(**text), {.described = kFile});
  if (!document) return std::unexpected(document.error());
  for (const EngineRow& row : engine_table()) {
    const auto made = document->root().member(row.name);
    if (!made) continue;
    installed.promises.push_back(promise_from(row.kind, *made));
  }
  installed.directories = strings_in(document->root(), "directories");
  return installed;
}

Result<void> write_installed(const RootTree& tree, const Installation& installed) {
  const bool says_nothing = installed.promises.empty() && installed.directories.empty();
  return says_nothing ? tree.remove(kFile) : tree.write(kFile, text_of(installed));
}

void add_missing_directories(const RootTree& tree, const EngineEdit& edit,
                             Installation& installed) {
  for (const FileEdit& file : edit.files) {
    if (file.after) add_missing_above(tree, file.path, installed.directories);
  }
  add_missing_above(tree, kFile, installed.directories);
}

Result<void> write_without_empty_directories(const RootTree& tree, Installation installed) {
  installed.directories = remove_empty(tree, std::move(installed.directories));
  if (!installed.promises.empty()) return write_installed(tree, installed);
  std::erase_if(installed.directories,
                [&](const auto& directory) { return !holds_ours(tree, directory); });
  const bool only_its_own = std::ranges::all_of(
      installed.directories, [](const auto& directory) { return is_above(directory, kFile); });
  if (!only_its_own) return write_installed(tree, installed);
  if (auto gone = tree.remove(kFile); !gone) return gone;
  (void)remove_empty(tree, std::move(installed.directories));
  return {};
}

}  // namespace bulkhead::cli
