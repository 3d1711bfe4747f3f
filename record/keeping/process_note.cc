#include "record/keeping/process_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "kernel/tasks/task_status.h"
#include "oci-config/json.h"
#include "record/keeping/state_file.h"

namespace bulkhead::record {

using base::cat;
using base::Result;
using oci_config::JsonValue;

namespace {

constexpr std::size_t kMostNoteBytes = 64 << 10;
constexpr std::size_t kMostTextBytes = 4096;  // of a name; longer ones are left out

std::string name_of_file(const ProcessNote& note) {
  return cat(note.pid, '-', note.start_time, ".json");
}

struct TextRow {
  std::string_view key;
  std::string& (*member)(ProcessNote& note);
};
constexpr TextRow kTexts[] = {
    {"record", [](ProcessNote& note) -> std::string& { return note.record; }},
    {"id", [](ProcessNote& note) -> std::string& { return note.identity.id; }},
    {"namespace", [](ProcessNote& note) -> std::string& { return note.identity.namespace_; }},
    {"pod", [](ProcessNote& note) -> std::string& { return note.identity.pod; }},
    {"container", [](ProcessNote& note) -> std::string& { return note.identity.container; }},
    {"image", [](ProcessNote& note) -> std::string& { return note.identity.image; }},
    {"runtime", [](ProcessNote& note) -> std::string& { return note.runtime; }},
    {"door", [](ProcessNote& note) -> std::string& { return note.door; }},
    {"why", [](ProcessNote& note) -> std::string& { return note.why; }},
    {"governs", [](ProcessNote& note) -> std::string& { return note.governs; }},
    {"recorder", [](ProcessNote& note) -> std::string& { return note.recorder; }},
    {"apparmor_why", [](ProcessNote& note) -> std::string& { return note.apparmor_why; }},
};

How how_named(std::string_view name) {
  const auto found = std::ranges::find(kHows, name, [](How how) { return name_of(how); });
  return found == kHows.end() ? How::none : *found;
}

bool read_flag(const JsonValue& object, std::string_view key) {
  const auto value = object.member(key);
  return value && value->is(oci_config::JsonType::boolean) && value->boolean();
}

Result<std::uint64_t> read_number(const JsonValue& object, std::string_view key,
                                  std::uint64_t most) {
  const auto value = object.member(key);
  if (!value) return object.error(cat("has no ", base::quoted(key)));
  return value->read_unsigned(most);
}

Result<ProcessNote> note_in(const JsonValue& root) {
  if (auto checked = root.expect(oci_config::JsonType::object); !checked) {
    return std::unexpected(checked.error());
  }
  ProcessNote note;
  for (const TextRow& row : kTexts) {
    const auto value = root.member(row.key);
    if (!value) continue;
    const auto text = value->read_string();
    if (!text) return std::unexpected(text.error());
    row.member(note) = *text;
  }
  const auto pid = read_number(root, "pid", INT32_MAX);
  const auto start_time = read_number(root, "start_time", UINT64_MAX);
  const auto time = read_number(root, "time", UINT64_MAX);
  for (const auto* number : {&pid, &start_time, &time}) {
    if (!*number) return std::unexpected(number->error());
  }
  note.pid = static_cast<pid_t>(*pid);
  note.start_time = *start_time;
  note.time = *time;
  note.by_exec = read_flag(root, "exec");
  note.watched = read_flag(root, "watched");
  if (root.member("capabilities")) {
    const auto capabilities = read_number(root, "capabilities", UINT64_MAX);
    if (!capabilities) return std::unexpected(capabilities.error());
    note.capabilities = *capabilities;
  }
  if (const auto how = root.member("how")) note.how = how_named(how->read_string().value_or(""));
  return note;
}

// A file whose name is not that of its note is none of ours.
std::optional<ProcessNote> read_note(const base::Paths& paths, const std::string& file) {
  const std::string path = cat(notes_directory(paths), '/', file);
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMostNoteBytes});
  if (!content) return std::nullopt;
  auto note = parse_note(std::move(content->bytes), path);
  if (!note || cat(key_of(*note), ".json") != file) return std::nullopt;
  return *std::move(note);
}

}  // namespace

std::string key_of(const ProcessNote& note) {
  return cat(note.record, '/', note.pid, '-', note.start_time);
}

std::string to_json(const ProcessNote& note) {
  base::JsonWriter json;
  json.begin_object();
  ProcessNote copy = note;
  for (const TextRow& row : kTexts) {
    (void)json.member_within(row.key, row.member(copy), kMostTextBytes);
  }
  json.member("pid", note.pid);
  json.member("start_time", note.start_time);
  json.member("exec", note.by_exec);
  json.member("time", note.time);
  json.member("how", name_of(note.how));
  json.member("capabilities", note.capabilities);
  json.member("watched", note.watched);
  json.end_object();
  return json.finish();
}

Result<ProcessNote> parse_note(std::string text, std::string_view described) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(text), {.described = described, .max_bytes = kMostNoteBytes});
  if (!document) return std::unexpected(document.error());
  auto note = note_in(document->root());
  if (!note) return note;
  if (auto named = check_name(note->record); !named) return std::unexpected(named.error());
  return note;
}

std::string notes_directory(const base::Paths& paths) { return paths.state + "/record"; }

Result<void> write_note(const base::Paths& paths, const ProcessNote& note) {
  return replace_in(cat(notes_directory(paths), '/', note.record), name_of_file(note),
                    to_json(note) + '\n');
}

void remove_note(const base::Paths& paths, const ProcessNote& note) {
  const std::string directory = cat(notes_directory(paths), '/', note.record, '/');
  (void)::unlink((directory + name_of_file(note)).c_str());
}

Notes read_notes(const base::Paths& paths) {
  Notes notes;
  const std::string all = notes_directory(paths);
  for (const std::string& record : base::names_in(base::Directory(all))) {
    for (const std::string& file : base::names_in(base::Directory(cat(all, '/', record)))) {
      if (file.starts_with('.')) continue;
      auto note = read_note(paths, cat(record, '/', file));
      note ? notes.list.push_back(*std::move(note)) : void(++notes.unreadable);
    }
  }
  return notes;
}

std::optional<ProcessNote> find_running(const base::Paths& paths, std::string_view record,
                                        std::string_view container_id) {
  for (ProcessNote& note : read_notes(paths).list) {
    const bool is_it = note.record == record && note.identity.id == container_id && !note.by_exec;
    if (is_it && runs(note)) return std::move(note);
  }
  return std::nullopt;
}

const ProcessNote& first_of(const ProcessNote& note, const std::vector<ProcessNote>& notes) {
  const ProcessNote* first = &note;
  for (const ProcessNote& other : notes) {
    const bool may_be = note.by_exec && !other.by_exec && other.record == note.record &&
                        other.identity.id == note.identity.id && other.time <= note.time;
    if (may_be && (first->by_exec || first->time < other.time)) first = &other;
  }
  return *first;
}

bool runs(const ProcessNote& note) {
  const auto start_time = kernel::read_start_time(note.pid);
  return start_time && *start_time == note.start_time;
}

}  // namespace bulkhead::record
