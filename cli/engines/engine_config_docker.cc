// Docker: the members default-runtime and runtimes of /etc/docker/daemon.json. JSON has no
// comments, and dockerd refuses keys that it does not know, so the name of our runtime says what
// the default was before: "bulkhead" for none, "bulkhead-NAME" for NAME.
//
// dockerd that reads a file without default-runtime keeps the default that it has, and 20.10 ends
// with a panic when that is no longer among its runtimes (seen with 20.10.24). So a running one is
// first given a file that names the default, and only then the one that does not.
#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/engines/engine_promises.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;

constexpr const char* kConfig = "/etc/docker/daemon.json";
constexpr std::string_view kOurName = "bulkhead";
constexpr std::string_view kStockName = "runc";  // Docker's own default

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// A blank file is read as one that sets nothing.
Result<JsonDocument> parse(const RootTree& tree, std::string text) {
  if (is_blank(text)) text = "{}";
  const std::string described = cat(tree.root(), kConfig);
  auto document = JsonDocument::parse(std::move(text), {.described = described});
  if (!document) return std::unexpected(std::move(document.error()));
  if (const auto object = document->root().expect(JsonType::object); !object)
    return std::unexpected(object.error());
  return document;
}

std::string string_at(const JsonDocument& document, std::string_view pointer) {
  const auto value = document.find(pointer);
  return value && value->is(JsonType::string) ? std::string(value->string()) : std::string();
}

std::string runtime_pointer(std::string_view name) {
  return cat("/runtimes/", oci_config::pointer_token(name));
}

// Runtimes whose program is a link of the shim, by their names.
std::vector<std::string> our_runtimes(const JsonDocument& document) {
  std::vector<std::string> names;
  const auto runtimes = document.find("/runtimes");
  for (auto entry = runtimes ? runtimes->first() : std::nullopt; entry; entry = entry->next()) {
    const auto path = entry->member("path");
    if (!path || !path->is(JsonType::string)) continue;
    if (names_shim(std::string(path->string()))) names.emplace_back(entry->key());
  }
  return names;
}

// Whether an uninstallation was interrupted after the handover: the default that it names was not
// there before.
bool was_handed_over(const RootTree& tree) {
  const auto promise = promise_of(tree, EngineKind::docker);
  return promise && *promise && (*promise)->stage == PromiseStage::changing;
}

// A file that was not there, laid out for people. An empty `runtime_class` makes it the default.
std::string new_file(std::string_view shim, std::string_view runtime_class) {
  const bool is_default = runtime_class.empty();
  const std::string name = base::json_string(is_default ? kOurName : runtime_class);
  return cat("{\n", is_default ? cat("  \"default-runtime\": ", name, ",\n") : std::string(),
             "  \"runtimes\": {\n    ", name, ": { \"path\": ", base::json_string(shim),
             " }\n  }\n}\n");
}

// The file that an installation where none was made, or the white space that it was made of, which
// stands behind a newline of ours; nothing when the text is neither.
std::optional<std::optional<std::string>> before_new_file(const JsonDocument& document,
                                                          std::string_view text) {
  const std::vector<std::string> ours = our_runtimes(document);
  if (ours.size() != 1) return std::nullopt;
  const std::string shim = string_at(document, runtime_pointer(ours.front()) + "/path");
  const bool is_default = string_at(document, "/default-runtime") == ours.front();
  const std::string written = new_file(shim, is_default ? std::string() : ours.front());
  if (!text.starts_with(written)) return std::nullopt;
  text.remove_prefix(written.size());
  if (text.empty()) return std::optional<std::string>();
  if (text.front() != '\n' || !is_blank(text)) return std::nullopt;
  return std::optional(std::string(text.substr(1)));
}

// The document as it was before an earlier installation.
Result<std::string> without_ours(const RootTree& tree, const std::string& text) {
  const auto document = parse(tree, text);
  if (!document) return std::unexpected(document.error());
  oci_config::SpecEdit edit;
  const std::string chosen = string_at(*document, "/default-runtime");
  const std::vector<std::string> ours = our_runtimes(*document);
  for (const std::string& name : ours) {
    if (name == chosen && name.starts_with("bulkhead-")) {
      const std::string previous = name.substr(kOurName.size() + 1);
      edit.operations.emplace_back(
          oci_config::SetMember{"/default-runtime", base::json_string(previous)});
    } else if (name == chosen ||
               (name == kOurName && chosen == kStockName && was_handed_over(tree))) {
      edit.operations.emplace_back(oci_config::RemoveMember{"/default-runtime"});
    }
    edit.operations.emplace_back(oci_config::RemoveMember{runtime_pointer(name)});
  }
  const auto runtimes = document->find("/runtimes");
  if (!ours.empty() && runtimes && runtimes->size() == ours.size()) {
    edit.operations.pop_back();
    edit.operations.emplace_back(oci_config::RemoveMember{"/runtimes"});
  }
  return edit.empty() ? text : oci_config::apply(*document, edit);
}

// The runtime that is the default now: its program and its arguments.
struct Previous {
  std::string name;       // empty: Docker's own default
  std::string program;    // "runc"
  std::string arguments;  // JSON; empty: none
};

Result<Previous> previous_runtime(const JsonDocument& document) {
  Previous previous{.name = string_at(document, "/default-runtime"), .program = "runc"};
  if (previous.name.empty() || previous.name == kStockName) return previous;
  const std::string pointer = runtime_pointer(previous.name);
  previous.program = string_at(document, pointer + "/path");
  if (previous.program.empty()) {
    return base::fail(ErrorCode::unsupported,
                      cat("Docker's default runtime ", base::quoted(previous.name),
                          " names no OCI runtime by its path"),
                      "make an OCI runtime the default, or use --runtime-class");
  }
  if (const auto arguments = document.find(pointer + "/runtimeArgs"))
    previous.arguments = arguments->raw();
  return previous;
}

std::string our_name(const Previous& previous, const InstallWish& wish) {
  if (!wish.runtime_class.empty()) return wish.runtime_class;
  return previous.name.empty() ? std::string(kOurName) : cat(kOurName, '-', previous.name);
}

oci_config::SpecEdit edit_for(const Previous& previous, const std::string& shim,
                              const InstallWish& wish) {
  const std::string name = our_name(previous, wish);
  const std::string arguments =
      previous.arguments.empty() ? "" : cat(", \"runtimeArgs\": ", previous.arguments);
  oci_config::SpecEdit edit;
  edit.operations.emplace_back(oci_config::SetMember{
      runtime_pointer(name), cat("{\"path\": ", base::json_string(shim), arguments, "}")});
  if (wish.runtime_class.empty()) {
    edit.operations.emplace_back(
        oci_config::SetMember{"/default-runtime", base::json_string(name)});
  }
  return edit;
}

// The installed file with Docker's own default named, when what follows names none.
Result<void> add_handover(EngineEdit& edit, const RootTree& tree) {
  if (edit.files.empty() || !edit.files.front().before) return {};
  const FileEdit& file = edit.files.front();
  const auto now = parse(tree, *file.before);
  const auto then = parse(tree, file.after.value_or(""));
  if (!now || !then) return std::unexpected((now ? then : now).error());
  const std::vector<std::string> ours = our_runtimes(*now);
  const bool is_ours = std::ranges::find(ours, string_at(*now, "/default-runtime")) != ours.end();
  if (!is_ours || then->find("/default-runtime")) return {};
  oci_config::SpecEdit named;
  named.operations.emplace_back(
      oci_config::SetMember{"/default-runtime", base::json_string(kStockName)});
  auto text = oci_config::apply(*now, named);
  if (!text) return std::unexpected(std::move(text.error()));
  edit.handover = FileEdit{kConfig, file.before, std::move(*text)};
  return {};
}

// The file as it was before an earlier installation; nothing: it was not there.
Result<std::optional<std::string>> before_ours(const RootTree& tree,
                                               const std::optional<std::string>& now) {
  if (is_blank(now.value_or(""))) return now;
  const auto document = parse(tree, *now);
  if (!document) return std::unexpected(document.error());
  if (auto made = before_new_file(*document, *now)) return *made;
  auto text = without_ours(tree, *now);
  if (!text) return std::unexpected(std::move(text.error()));
  return std::optional(std::move(*text));
}

std::string new_text(const std::string& shim, const InstallWish& wish,
                     const std::optional<std::string>& before) {
  const std::string text = new_file(shim, wish.runtime_class);
  return before ? cat(text, '\n', *before) : text;
}

EngineView view_of(const JsonDocument& document) {
  EngineView view{.runtime = string_at(document, "/default-runtime"), .file = kConfig};
  if (view.runtime.empty()) view.runtime = kStockName;
  const auto runtimes = document.find("/runtimes");
  for (auto entry = runtimes ? runtimes->first() : std::nullopt; entry; entry = entry->next()) {
    const std::string name(entry->key());
    view.programs[name] = string_at(document, runtime_pointer(name) + "/path");
  }
  const auto chosen = view.programs.find(view.runtime);
  if (chosen != view.programs.end()) view.program = chosen->second;
  return view;
}

}  // namespace

Result<std::vector<EngineView>> views_of_docker(const RootTree& tree) {
  const auto text = tree.read(kConfig);
  if (!text) return std::unexpected(text.error());
  const auto document = parse(tree, text->value_or(""));
  if (!document) return std::unexpected(document.error());
  return std::vector{view_of(*document)};
}

Result<EngineEdit> install_docker(const RootTree& tree, const InstallWish& wish) {
  const auto now = tree.read(kConfig);
  if (!now) return std::unexpected(now.error());
  const auto before = before_ours(tree, *now);
  if (!before) return std::unexpected(before.error());
  const bool nothing = is_blank(before->value_or(""));
  const auto document = parse(tree, before->value_or(""));
  if (!document) return std::unexpected(document.error());
  const auto previous = previous_runtime(*document);
  if (!previous) return std::unexpected(previous.error());
  const auto behind = shim_for(tree, previous->program, wish);
  if (!behind) return std::unexpected(behind.error());
  auto after = nothing ? Result<std::string>(new_text(behind->shim, wish, *before))
                       : oci_config::apply(*document, edit_for(*previous, behind->shim, wish));
  if (!after) return std::unexpected(std::move(after.error()));
  EngineEdit edit{.shim = behind->shim, .runtime = behind->runtime};
  edit.notes.emplace_back("who may use Docker's socket may still choose `--runtime runc`");
  if (const auto added = add_edit(edit, tree, kConfig, std::move(*after)); !added)
    return std::unexpected(added.error());
  if (const auto added = add_handover(edit, tree); !added) return std::unexpected(added.error());
  return edit;
}

Result<EngineEdit> uninstall_docker(const RootTree& tree) {
  EngineEdit edit;
  const auto now = tree.read(kConfig);
  if (!now) return std::unexpected(now.error());
  auto before = Result<std::optional<std::string>>(*now);
  if (*now && (*now)->contains("bulkhead-")) before = before_ours(tree, *now);
  if (!before) return std::unexpected(before.error());
  if (const auto added = add_edit(edit, tree, kConfig, std::move(*before)); !added)
    return std::unexpected(added.error());
  if (const auto added = add_handover(edit, tree); !added) return std::unexpected(added.error());
  return edit;
}

}  // namespace bulkhead::cli
