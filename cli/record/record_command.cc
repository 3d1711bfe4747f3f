#include "cli/record/record_command.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/screen/layout.h"
#include "record/keeping/collect.h"
#include "record/keeping/recording_control.h"
#include "record/keeping/recordings.h"
#include "record/keeping/store.h"

namespace bulkhead::cli {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;
using record::Record;

namespace {

std::optional<std::string> glob_of(const std::string& text) {
  return text.empty() || text == "*" ? std::nullopt : std::optional(text);
}

std::string time_text(record::Time time) {
  constexpr record::Time kMsPerSecond = 1000;
  return base::utc_time(time / kMsPerSecond, static_cast<std::uint32_t>(time % kMsPerSecond));
}

// One line of the list.
struct Row {
  Record record;
  bool is_begun = false;  // `record start` began it
  std::size_t running = 0;
  std::size_t ended = 0;
  std::size_t calls = 0;  // different ones
  std::string losses;
};

std::size_t different_calls(const Record& record) {
  std::set<record::CallKey> calls;
  for (const auto& [call, use] : record.earlier.calls) calls.insert(call);
  for (const auto& [key, container] : record.containers) {
    for (const auto& [call, use] : container.calls) calls.insert(call);
  }
  return calls.size();
}

Row row_of(Record record, const std::vector<std::string>& begun) {
  Row row{.record = std::move(record), .losses = {}};
  row.is_begun = std::ranges::find(begun, row.record.name) != begun.end();
  row.ended = row.record.earlier.containers;
  for (const auto& [key, container] : row.record.containers) {
    ++(container.ended == 0 ? row.running : row.ended);
  }
  row.calls = different_calls(row.record);
  row.losses = text_of(all_losses(row.record));
  return row;
}

Result<void> check_readable(const std::string& directory) {
  if (base::is_absent_at(AT_FDCWD, directory)) return {};
  const auto opened = base::open_directory(directory);
  return opened ? Result<void>() : std::unexpected(opened.error());
}

Result<std::vector<Row>> rows_of(const base::Paths& paths) {
  if (auto readable = check_readable(record::record_directory(paths)); !readable) {
    return std::unexpected(std::move(readable.error()));
  }
  std::vector<Row> rows;
  const auto begun = record::recordings(paths);
  for (const std::string& name : record::record_names(paths)) {
    auto record = record::read_existing(paths, name);
    if (!record) return std::unexpected(std::move(record.error()));
    rows.push_back(row_of(*std::move(record), begun));
  }
  return rows;
}

void write_table(const std::vector<Row>& rows, Output& output) {
  if (rows.empty()) return output.line("nothing is recorded");
  Table table({"NAME", "RECORDING", "RUNNING", "ENDED", "CALLS", "SINCE", "LOSSES"});
  for (const Row& row : rows) {
    table.row({{row.record.name},
               {row.is_begun ? "yes" : "no"},
               {cat(row.running)},
               {cat(row.ended)},
               {cat(row.calls)},
               {base::readable_time(time_text(row.record.since))},
               {row.losses.empty() ? "none" : row.losses,
                row.losses.empty() ? Style::dim : Style::warning}});
  }
  output.write(table.text(output));
}

void write_json(const std::vector<Row>& rows, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("records");
  for (const Row& row : rows) {
    json.begin_object();
    json.member("name", row.record.name);
    json.member("recording", row.is_begun);
    json.member("running", row.running);
    json.member("ended", row.ended);
    json.member("calls", row.calls);
    json.member("since", time_text(row.record.since));
    json.member("losses", row.losses);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  output.write(json.finish());
}

}  // namespace

Result<void> need_a_match(const RecordMatch& match) {
  if (!match.is_empty()) return {};
  return base::fail(ErrorCode::usage, "which containers are to be recorded is not said",
                    "name them by --image, --namespace, --pod or --container; --container '*' is "
                    "every container");
}

bool RecordMatch::is_empty() const {
  return image.empty() && namespace_.empty() && pod.empty() && container.empty();
}

policy::RuleMatch RecordMatch::rule_match() const {
  return {.namespace_ = glob_of(namespace_),
          .pod = glob_of(pod),
          .container = glob_of(container),
          .image = glob_of(image)};
}

void RecordMatch::add_to(std::vector<Option>& options) {
  options.push_back({"--image", "GLOB", "containers of this image", &image});
  options.push_back({"--namespace", "GLOB", "in this Kubernetes namespace", &namespace_});
  options.push_back({"--pod", "GLOB", "in a pod of this name", &pod});
  options.push_back({"--container", "GLOB", "of this name", &container});
}

CommandHelp RecordListCommand::help() const {
  return {
      .name = "record",
      .summary = "the system calls that containers make, recorded while they stay confined",
      .description =
          "Lists the records of this node: whether containers are being recorded, how many run and "
          "have ended, how many different calls were seen, since when, and what was missed.",
      .exit_codes = "",
      .examples = {"bulkhead record", "bulkhead record --json"},
  };
}

std::vector<Option> RecordListCommand::options() {
  return {{"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> RecordListCommand::run(Environment& environment) {
  if (auto collected = record::collect(environment.paths); !collected) {
    return std::unexpected(std::move(collected.error()));
  }
  const auto rows = rows_of(environment.paths);
  if (!rows) return std::unexpected(rows.error());
  json_ ? write_json(*rows, environment.output) : write_table(*rows, environment.output);
  return ExitCode::ok;
}

CommandHelp RecordStartCommand::help() const {
  return {
      .name = "record start",
      .summary = "record the calls of the containers that match, from each next start on",
      .description =
          "What governs the containers stays in force, and is proved as ever; the record is made "
          "beside it, from the program's first instruction. In the first run the kernel counts the "
          "calls, where it can; once a container of the record has ended, only calls that are not "
          "in the record are logged. GLOB matches as in a rule of the policy; all that are given "
          "must match. '*' alone is every container, also one that has no such name, as those of "
          "Podman. Processes that join by `exec` are recorded, too, and told apart.",
      .exit_codes = "",
      .examples = {"bulkhead record start web --image '*/web:*' --namespace shop",
                   "bulkhead record start db --container db --without-exec"},
  };
}

std::vector<Option> RecordStartCommand::options() {
  std::vector<Option> options = {{"NAME", "", "of the record", &name_, true}};
  match_.add_to(options);
  options.push_back({"--without-exec", "", "not what joins by `exec`", &without_exec_});
  return options;
}

Result<ExitCode> RecordStartCommand::run(Environment& environment) {
  if (auto named = record::check_name(name_); !named) {
    return std::unexpected(std::move(named.error()));
  }
  if (auto matched = need_a_match(match_); !matched) {
    return std::unexpected(std::move(matched.error()));
  }
  auto begun = record::begin_recording(environment.paths, match_.rule_match(),
                                       {.name = name_, .execs = !without_exec_});
  if (!begun) return std::unexpected(std::move(begun.error()));
  environment.output.write(paragraph(
      cat("recording ", base::quoted(name_), " from each next start of a container that matches")));
  for (const std::string& note : begun->notes) environment.output.write(paragraph(note));
  return ExitCode::ok;
}

CommandHelp RecordStopCommand::help() const {
  return {
      .name = "record stop",
      .summary = "record no further; what was recorded stays",
      .description =
          "Ends what `bulkhead record start` began. Containers that run go on as they are.",
      .exit_codes = "",
      .examples = {"bulkhead record stop web"},
  };
}

std::vector<Option> RecordStopCommand::options() {
  return {{"NAME", "", "of the record", &name_, true}};
}

Result<ExitCode> RecordStopCommand::run(Environment& environment) {
  if (auto ended = record::end_recording(environment.paths, name_); !ended) {
    return std::unexpected(std::move(ended.error()));
  }
  return ExitCode::ok;
}

CommandHelp RecordRmCommand::help() const {
  return {
      .name = "record rm",
      .summary = "delete a record",
      .description = "Deletes what was recorded under this name. It must have been stopped.",
      .exit_codes = "",
      .examples = {"bulkhead record rm web"},
  };
}

std::vector<Option> RecordRmCommand::options() {
  return {{"NAME", "", "of the record", &name_, true}};
}

Result<ExitCode> RecordRmCommand::run(Environment& environment) {
  if (auto removed = record::delete_record(environment.paths, name_); !removed) {
    return std::unexpected(std::move(removed.error()));
  }
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
