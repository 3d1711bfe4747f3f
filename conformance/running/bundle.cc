#include "conformance/running/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "conformance/probe/probe.h"
#include "oci-config/merge_patch.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonValue;
using oci_config::SpecEdit;

constexpr const char* kRootDirectories[] = {"proc", "sys", "dev", "tmp", "out", "etc", "mnt"};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  if (from.empty()) return text;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// ---- config.json --------------------------------------------------------------------------------

std::string probe_words(const std::optional<JsonValue>& inside) {
  const std::vector<std::string> words = {"/bulkhead", std::string(kProbeWord), "wait",
                                          inside ? std::string(inside->raw()) : "[]"};
  return base::json_array(words);
}

// A document as it goes through one edit after the other.
class Edited {
 public:
  explicit Edited(std::string text) : text_(std::move(text)) {}

  template <class MakeEdit>
  Result<void> apply(MakeEdit make_edit) {
    const auto document = JsonDocument::parse(text_, {.described = "config.json"});
    if (!document) return std::unexpected(document.error());
    auto text = oci_config::apply(*document, make_edit(*document));
    if (!text) return std::unexpected(std::move(text.error()));
    text_ = std::move(*text);
    return {};
  }
  Result<void> merge(const JsonValue& patch) {
    return apply(
        [&](const JsonDocument& document) { return oci_config::merge_patch(document, patch); });
  }
  Result<void> set(std::string pointer, std::string json) {
    return apply([&](const JsonDocument&) {
      return SpecEdit{.operations = {oci_config::SetMember{pointer, json}}};
    });
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

SpecEdit edit_of(const std::vector<PointedEdit>& edits) {
  SpecEdit edit;
  for (const PointedEdit& one : edits) {
    if (one.value) {
      edit.operations.push_back(oci_config::SetMember{one.pointer, std::string(one.value->raw())});
    } else {
      edit.operations.push_back(oci_config::RemoveMember{one.pointer});
    }
  }
  return edit;
}

// Root inside is this user outside: nobody else can be mapped without help.
std::string only_mapping(std::uint32_t id) {
  return cat(R"([{"containerID": 0, "hostID": )", id, R"(, "size": 1}])");
}

Result<void> make_rootless(const CaseFiles& files, Edited& config) {
  const auto part = files.parts.find("rootless");
  if (part == files.parts.end()) {
    return base::fail(ErrorCode::invalid_input, "there is no part 'rootless'");
  }
  Result<void> done = config.merge(part->second->root());
  if (done) done = config.set("/linux/uidMappings", only_mapping(::geteuid()));
  if (done) done = config.set("/linux/gidMappings", only_mapping(::getegid()));
  return done;
}

Result<std::string> with_raw(const Bundle& bundle, const std::vector<RawText>& raw) {
  std::string text(bundle.document->text());
  for (const RawText& one : raw) {
    const auto at = bundle.document->find(one.pointer);
    if (!at || !at->is(oci_config::JsonType::object)) {
      return base::fail(ErrorCode::invalid_input, cat("no object stands at ", one.pointer));
    }
    text.insert(at->span().begin + 1, bundle.filled(one.text));
  }
  return text;
}

// ---- files --------------------------------------------------------------------------------------

Result<void> write_file(const std::string& path, std::string_view text, mode_t mode) {
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (file.get() < 0) return base::fail_errno(ErrorCode::io, "create", path);
  if (::fchmod(file.get(), mode) != 0) return base::fail_errno(ErrorCode::io, "chmod", path);
  return base::write_all(file.get(), text, path);
}

Result<void> make_file(const Bundle& bundle, const FileToMake& file) {
  const std::string path = bundle.rootfs() + file.path;
  auto parent = base::make_directories(path.substr(0, path.rfind('/')), 0755);
  if (!parent) return parent;
  if (!file.link.empty()) {
    if (::symlink(bundle.filled(file.link).c_str(), path.c_str()) == 0) return {};
    return base::fail_errno(ErrorCode::io, "make a link at", path);
  }
  return file.directory ? base::make_directories(path, 0755)
                        : write_file(path, bundle.filled(file.text), file.mode);
}

Result<void> make_root(const Bundle& bundle, const std::vector<FileToMake>& files) {
  auto state = base::make_directories(bundle.place.directory + "/state", 0755);
  if (!state) return state;
  for (const char* name : kRootDirectories) {
    auto made = base::make_directories(cat(bundle.rootfs(), '/', name), 0755);
    if (!made) return made;
  }
  ::chmod((bundle.rootfs() + "/out").c_str(), 0777);
  const std::string probe = bundle.rootfs() + "/bulkhead";
  if (::link(bundle.place.probe.c_str(), probe.c_str()) != 0) {
    return base::fail_errno(ErrorCode::io, "link", probe);
  }
  for (const FileToMake& file : files) {
    if (auto made = make_file(bundle, file); !made) return made;
  }
  return {};
}

std::vector<std::pair<std::string_view, std::string>> variables(const Bundle& bundle) {
  return {{"${ROOTFS}", bundle.rootfs()},
          {"${BUNDLE}", bundle.place.directory},
          {"${ID}", bundle.place.id},
          {"${PROBE}", bundle.place.probe},
          {"${HOLDER}", bundle.place.holder}};
}

}  // namespace

std::string Bundle::filled(std::string text) const {
  for (const auto& [name, value] : variables(*this)) text = replaced(std::move(text), name, value);
  return text;
}

std::string Bundle::neutral(std::string text) const {
  for (const auto& [name, value] : variables(*this)) {
    if (name != "${HOLDER}") text = replaced(std::move(text), value, name);
  }
  return text;
}

Result<std::string> config_of(const Case& one, const CaseFiles& files, bool rootless) {
  Edited config{std::string(files.base->text())};
  Result<void> done = config.set("/process/args", probe_words(one.inside));
  if (done && rootless) done = make_rootless(files, config);
  for (const std::string& part : one.with) {
    if (done) done = config.merge(files.parts.at(part)->root());
  }
  if (done && one.config) done = config.merge(*one.config);
  if (done) done = config.apply([&](const JsonDocument&) { return edit_of(one.edits); });
  if (!done) return std::unexpected(std::move(done.error()).within(one.name));
  return config.text();
}

Result<Bundle> make_bundle(const Case& one, const CaseFiles& files, BundlePlace place) {
  Bundle bundle{.place = std::move(place)};
  auto text = config_of(one, files, bundle.place.rootless);
  if (!text) return std::unexpected(std::move(text.error()));
  auto document = JsonDocument::parse(bundle.filled(std::move(*text)), {.described = one.name});
  if (!document) return std::unexpected(std::move(document.error()));
  bundle.document = std::make_shared<const JsonDocument>(std::move(*document));
  auto config = with_raw(bundle, one.raw);
  if (!config) return std::unexpected(std::move(config.error()).within(one.name));
  bundle.config = std::move(*config);
  if (auto made = make_root(bundle, one.files); !made) return std::unexpected(made.error());
  auto written = write_file(bundle.place.directory + "/config.json", bundle.config, 0644);
  if (!written) return std::unexpected(written.error());
  return bundle;
}

Result<void> change_config(Bundle& bundle, const JsonValue& patch) {
  Edited config{std::string(bundle.document->text())};
  if (auto done = config.merge(patch); !done) return done;
  auto document = JsonDocument::parse(bundle.filled(config.text()), {.described = "config.json"});
  if (!document) return std::unexpected(std::move(document.error()));
  bundle.document = std::make_shared<const JsonDocument>(std::move(*document));
  bundle.config = bundle.document->text();
  return write_file(bundle.place.directory + "/config.json", bundle.config, 0644);
}

Result<std::string> write_process(const Bundle& bundle, const std::string& name,
                                  const std::optional<JsonValue>& patch,
                                  const std::optional<JsonValue>& inside) {
  const auto process = bundle.document->root().member("process");
  Edited document{process ? std::string(process->raw()) : "{}"};
  Result<void> done = document.set("/args", probe_words(inside));
  if (done && patch) done = document.merge(*patch);
  std::string path = cat(bundle.place.directory, '/', name);
  if (done) done = write_file(path, bundle.filled(document.text()), 0644);
  if (!done) return std::unexpected(std::move(done.error()));
  return path;
}

}  // namespace bulkhead::conformance
