#include "record/keeping/counted.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "kernel/tracing/task_owners.h"
#include "oci-config/json.h"
#include "record/keeping/state_file.h"

namespace bulkhead::record {

using base::cat;
using base::Result;
using kernel::TaskOwners;
using oci_config::JsonType;
using oci_config::JsonValue;

namespace {

constexpr std::size_t kMostBytes = 8 << 20;

constexpr const char* kFile = ".counted.json";

std::string path_of(const base::Paths& paths) { return cat(notes_directory(paths), '/', kFile); }

TaskOwners owners_of(const Counted& kept, const kernel::CallCounts& tables,
                     const std::vector<ProcessNote>& notes) {
  TaskOwners owners;
  std::map<std::string, TaskOwners::Owner> numbers;
  for (std::size_t i = 0; i < notes.size(); ++i) {
    owners.add(notes[i].pid, static_cast<TaskOwners::Owner>(i));
    numbers.emplace(key_of(notes[i]), static_cast<TaskOwners::Owner>(i));
  }
  for (const auto& [task, key] : kept.tasks) {
    const auto number = numbers.find(key);
    if (number != numbers.end()) owners.add(task, number->second);
  }
  owners.add_forks(tables.forks);
  return owners;
}

void write_arguments(const Counted& counted, const std::string& key, base::JsonWriter& json) {
  json.begin_array("arguments");
  const auto found = counted.arguments.find(key);
  if (found != counted.arguments.end()) {
    for (const auto& [argument, values] : found->second) {
      for (const auto& [value, count] : values) {
        for (const std::uint64_t number :
             {std::uint64_t{argument.first}, std::uint64_t{argument.second}, value, count}) {
          json.element_raw(cat(number));
        }
      }
    }
  }
  json.end_array();
}

void write_calls(std::string_view name, const NumberCounts& calls, base::JsonWriter& json) {
  json.begin_array(name);
  for (const auto& [number, count] : calls) {
    json.element_raw(cat(number));
    json.element_raw(cat(count));
  }
  json.end_array();
}

Result<std::vector<std::uint64_t>> numbers_in(const JsonValue& object, std::string_view key) {
  const auto list = object.member(key);
  if (!list || !list->is(JsonType::array)) return object.error(cat("has no list ", key));
  std::vector<std::uint64_t> numbers;
  for (auto element = list->first(); element; element = element->next()) {
    const auto number = element->read_unsigned();
    if (!number) return std::unexpected(number.error());
    numbers.push_back(*number);
  }
  return numbers;
}

Result<void> read_calls(const JsonValue& note, std::string_view name, NumberCounts& calls) {
  const auto numbers = numbers_in(note, name);
  if (!numbers) return std::unexpected(numbers.error());
  if (numbers->size() % 2 != 0) return note.error("has a call without a count");
  for (std::size_t i = 0; i < numbers->size(); i += 2) calls[(*numbers)[i]] = (*numbers)[i + 1];
  return {};
}

Result<void> read_arguments(const JsonValue& note, ArgumentCounts& arguments) {
  constexpr std::size_t kOfValue = 4;  // call, index, value, count
  const auto numbers = numbers_in(note, "arguments");
  if (!numbers) return std::unexpected(numbers.error());
  if (numbers->size() % kOfValue != 0) return note.error("has a value without a count");
  for (std::size_t i = 0; i < numbers->size(); i += kOfValue) {
    const std::uint64_t call = (*numbers)[i];
    const std::uint64_t index = (*numbers)[i + 1];
    if (call > UINT32_MAX || index > UINT32_MAX) return note.error("has an argument of no call");
    arguments[{static_cast<std::uint32_t>(call), static_cast<std::uint32_t>(index)}]
             [(*numbers)[i + 2]] = (*numbers)[i + 3];
  }
  return {};
}

Result<void> read_of_note(const JsonValue& note, Counted& counted) {
  const auto key = note.member("note");
  if (!key || !key->is(JsonType::string)) return note.error("names no note");
  const std::string name(key->string());
  if (auto read = read_calls(note, "calls", counted.calls[name]); !read) return read;
  if (auto read = read_calls(note, "joined", counted.joined[name]); !read) return read;
  if (auto read = read_arguments(note, counted.arguments[name]); !read) return read;
  const auto joins = note.member("joins");
  if (!joins || !joins->read_unsigned()) return note.error("has no number \"joins\"");
  counted.joins[name] = *joins->read_unsigned();
  const auto tasks = numbers_in(note, "tasks");
  if (!tasks) return std::unexpected(tasks.error());
  for (const std::uint64_t task : *tasks) {
    if (task > INT32_MAX) return note.error("has a task that cannot be");
    counted.tasks[static_cast<pid_t>(task)] = name;
  }
  return {};
}

Result<Counted> counted_in(const JsonValue& root) {
  Counted counted;
  const auto dropped = root.member("dropped");
  const auto notes = root.member("notes");
  if (!dropped || !notes || !notes->is(JsonType::array)) {
    return root.error("is not what was counted: it has no \"dropped\" or no list \"notes\"");
  }
  const auto number = dropped->read_unsigned();
  if (!number) return std::unexpected(number.error());
  counted.dropped = *number;
  for (auto note = notes->first(); note; note = note->next()) {
    if (auto read = read_of_note(*note, counted); !read) return std::unexpected(read.error());
  }
  return counted;
}

std::uint64_t joins_of(const Counted& counted, const std::string& key) {
  const auto found = counted.joins.find(key);
  return found == counted.joins.end() ? 0 : found->second;
}

}  // namespace

const NumberCounts& of_note(const std::map<std::string, NumberCounts>& counts,
                            const std::string& key) {
  static const NumberCounts kNone;
  const auto found = counts.find(key);
  return found == counts.end() ? kNone : found->second;
}

void add_number(NumberCounts& counts, std::uint64_t number, std::uint64_t count, std::size_t most) {
  if (counts.size() <= most || counts.contains(number)) counts[number] += count;
}

void add(const ArgumentCounts& more, ArgumentCounts& sum) {
  for (const auto& [argument, values] : more) {
    for (const auto& [value, count] : values) {
      add_number(sum[argument], value, count, kMostValues);
    }
  }
}

const ArgumentCounts& arguments_of(const Counted& counted, const std::string& key) {
  static const ArgumentCounts kNone;
  const auto found = counted.arguments.find(key);
  return found == counted.arguments.end() ? kNone : found->second;
}

Counted add_up(Counted kept, const kernel::CallCounts& tables,
               const std::vector<ProcessNote>& notes) {
  const TaskOwners owners = owners_of(kept, tables, notes);
  Counted sum = std::move(kept);
  for (const kernel::TaskCall& call : tables.calls) {
    if (const auto owner = owners.owner_of(call.task)) {
      add_number(sum.calls[key_of(notes[*owner])], call.number, call.count, kMostCalls);
    }
  }
  for (const kernel::TaskArgument& argument : tables.arguments) {
    const auto owner = owners.owner_of(argument.task);
    if (!owner) continue;
    add_number(sum.arguments[key_of(notes[*owner])][{argument.number, argument.index}],
               argument.value, argument.count, kMostValues);
  }
  sum.tasks.clear();
  for (const auto& [task, owner] : owners.all()) sum.tasks[task] = key_of(notes[owner]);
  sum.dropped += tables.dropped;
  sum.ambiguous += owners.ambiguous();
  return sum;
}

std::string to_json(const Counted& counted) {
  std::map<std::string, std::vector<pid_t>> tasks;
  for (const auto& [key, calls] : counted.calls) tasks[key];
  for (const auto& [key, arguments] : counted.arguments) tasks[key];
  for (const auto& [key, joins] : counted.joins) tasks[key];
  for (const auto& [task, key] : counted.tasks) tasks[key].push_back(task);
  base::JsonWriter json;
  json.begin_object();
  json.member("dropped", counted.dropped);
  json.begin_array("notes");
  for (const auto& [key, list] : tasks) {
    json.begin_object();
    json.member("note", key);
    write_calls("calls", of_note(counted.calls, key), json);
    write_calls("joined", of_note(counted.joined, key), json);
    write_arguments(counted, key, json);
    json.member("joins", joins_of(counted, key));
    json.begin_array("tasks");
    for (const pid_t task : list) json.element_raw(cat(task));
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
}

Result<Counted> parse_counted(std::string text, std::string_view described) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(text), {.described = described, .max_bytes = kMostBytes});
  if (!document) return std::unexpected(document.error());
  return counted_in(document->root());
}

Result<Counted> read_counted(const base::Paths& paths) {
  const std::string path = path_of(paths);
  if (!base::file_exists_at(AT_FDCWD, path)) return Counted{};
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMostBytes});
  if (!content) return std::unexpected(content.error());
  return parse_counted(std::move(content->bytes), path);
}

Result<void> write_counted(const base::Paths& paths, const Counted& counted) {
  return replace_in(notes_directory(paths), kFile, to_json(counted) + '\n');
}

void remove_counted(const base::Paths& paths) { (void)::unlink(path_of(paths).c_str()); }

}  // namespace bulkhead::record
