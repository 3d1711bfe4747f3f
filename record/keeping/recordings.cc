#include "record/keeping/recordings.h"

#include <unistd.h>

#include <cerrno>

#include "base/directory.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "kernel/tracing/call_counter.h"
#include "record/keeping/counted.h"
#include "record/keeping/state_file.h"
#include "record/values/record.h"

namespace bulkhead::record {

using base::cat;
using base::Result;

namespace {

constexpr std::string_view kEnding = ".json";

std::string path_of(const base::Paths& paths, std::string_view name) {
  return cat(recordings_directory(paths), '/', name, kEnding);
}

void write_request(const policy::RecordRequest& request, base::JsonWriter& json) {
  if (request.execs) return json.member("record", request.name);
  json.begin_object("record");
  json.member("name", request.name);
  json.member("exec", false);
  json.end_object();
}

}  // namespace

std::string recordings_directory(const base::Paths& paths) { return paths.settings + "/record.d"; }

std::string recording_document(const policy::RuleMatch& match,
                               const policy::RecordRequest& request) {
  base::JsonWriter json(base::JsonWriter::Layout::indented);
  json.begin_object();
  json.member("version", 1);
  json.begin_array("rules");
  json.begin_object();
  json.member("name", cat("record ", request.name));
  json.begin_object("match");
  json.member_if_any("namespace", match.namespace_.value_or(""));
  json.member_if_any("pod", match.pod.value_or(""));
  json.member_if_any("container", match.container.value_or(""));
  json.member_if_any("image", match.image.value_or(""));
  json.end_object();
  write_request(request, json);
  json.end_object();
  json.end_array();
  json.end_object();
  return json.finish();
}

Result<void> write_recording(const base::Paths& paths, const policy::RuleMatch& match,
                             const policy::RecordRequest& request) {
  if (auto named = check_name(request.name); !named) return named;
  return replace_in(recordings_directory(paths), cat(request.name, kEnding),
                    recording_document(match, request) + '\n', {.directory = 0755, .file = 0644});
}

Result<bool> remove_recording(const base::Paths& paths, std::string_view name) {
  if (auto named = check_name(name); !named) return std::unexpected(named.error());
  const std::string path = path_of(paths, name);
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return base::fail_errno(base::ErrorCode::io, "remove", path);
}

std::vector<std::string> recordings(const base::Paths& paths) {
  std::vector<std::string> names;
  for (std::string& file : base::names_in(base::Directory(recordings_directory(paths)))) {
    if (!file.ends_with(kEnding) || file.starts_with('.')) continue;
    file.resize(file.size() - kEnding.size());
    names.push_back(std::move(file));
  }
  return names;
}

Result<void> stop_counting_unless_needed(const base::Paths& paths) {
  if (!recordings(paths).empty()) return {};
  remove_counted(paths);
  return kernel::CallCounter().remove();
}

}  // namespace bulkhead::record
