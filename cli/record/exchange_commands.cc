#include "cli/record/exchange_commands.h"

#include <utility>

#include "base/counted.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/frame/result_file.h"
#include "record/keeping/collect.h"
#include "record/keeping/store.h"
#include "record/values/record_json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;
using record::Record;

std::string summary_of(const Record& record) {
  const std::uint64_t count = record.containers.size() + record.earlier.containers;
  return cat(record.name, ": ", base::counted(count, "container"));
}

std::unexpected<base::Error> trial_beside_record(const Record& one, const Record& other) {
  return base::fail(ErrorCode::usage,
                    cat("'", one.name, "' and '", other.name, "' are no records of the same kind"),
                    "a trial has only what its profile would deny: merge trials of one profile, or "
                    "records that `bulkhead record start` began");
}

// For who holds the lock.
Result<Record> merged(const base::Paths& paths, const std::vector<std::string>& names) {
  if (auto collected = record::collect_locked(paths); !collected) {
    return std::unexpected(std::move(collected.error()));
  }
  auto all = record::read_existing(paths, names.front());
  for (std::size_t at = 1; all && at < names.size(); ++at) {
    const auto other = record::read_existing(paths, names[at]);
    if (!other) return std::unexpected(other.error());
    if (other->trial != all->trial) return trial_beside_record(*all, *other);
    all = record::merge(*std::move(all), *other);
  }
  return all;
}

Result<Record> read_foreign(const std::string& file) {
  auto text = read_input(file, record::kMaxRecordBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return record::parse_record(*std::move(text), described_input(file));
}

}  // namespace

// ---- merge
// ------------------------------------------------------------------------------------------

CommandHelp RecordMergeCommand::help() const {
  return {
      .name = "record merge",
      .summary = "add records to one another",
      .description =
          "Makes one record of all that are named: under the name that --output gives, else under "
          "the first one's. The others stay as they are. A container that several records have is "
          "taken once, so that a record may be merged again when it has grown.",
      .exit_codes = "",
      .examples = {"bulkhead record merge web-node1 web-node2 -o web"},
  };
}

std::vector<Option> RecordMergeCommand::options() {
  return {{"NAME", "", "a record", &names_, true},
          {.name = "--output",
           .placeholder = "NAME",
           .help = "the record that is made; else the first one",
           .target = &into_,
           .short_name = "-o"}};
}

Result<ExitCode> RecordMergeCommand::run(Environment& environment) {
  if (names_.size() < 2) {
    return base::fail(ErrorCode::usage, "one record alone is nothing to merge",
                      "name two or more: `bulkhead record merge A B -o NAME`");
  }
  const auto lock = record::lock_records(environment.paths);
  if (!lock) return std::unexpected(lock.error());
  auto all = merged(environment.paths, names_);
  if (!all) return std::unexpected(std::move(all.error()));
  if (!into_.empty()) all->name = into_;
  const auto written = record::write_record(environment.paths, *all);
  if (!written) return std::unexpected(written.error());
  environment.output.line(summary_of(*all));
  return ExitCode::ok;
}

// ---- export
// -----------------------------------------------------------------------------------------

CommandHelp RecordExportCommand::help() const {
  return {
      .name = "record export",
      .summary = "write a record out, for another node",
      .description = "Writes the record NAME as the JSON document that `record import` reads.",
      .exit_codes = "",
      .examples = {"bulkhead record export web > web.record",
                   "bulkhead record export web -o web.record"},
  };
}

std::vector<Option> RecordExportCommand::options() {
  return {{"NAME", "", "the record", &name_, true},
          {.name = "--output",
           .placeholder = "FILE",
           .help = "write there instead of to standard output",
           .target = &file_,
           .short_name = "-o"}};
}

Result<ExitCode> RecordExportCommand::run(Environment& environment) {
  const auto record = record::read_whole(environment.paths, name_);
  if (!record) return std::unexpected(record.error());
  const auto written = write_result(file_, record::to_json(*record), environment);
  if (!written) return std::unexpected(written.error());
  return ExitCode::ok;
}

// ---- import
// -----------------------------------------------------------------------------------------

CommandHelp RecordImportCommand::help() const {
  return {
      .name = "record import",
      .summary = "take in a record that was exported",
      .description =
          "Reads FILE strictly, as something that anybody may have written, and keeps it under its "
          "own name or that of --name. A record that is there is never replaced: import under "
          "another name, then merge.",
      .exit_codes = "4 when FILE is no record.",
      .examples = {"bulkhead record import web.record",
                   "bulkhead record import web.record --name web-node2"},
  };
}

std::vector<Option> RecordImportCommand::options() {
  return {{"FILE", "", "an exported record; - for standard input", &file_, true},
          {"--name", "NAME", "keep it under this name", &name_}};
}

Result<ExitCode> RecordImportCommand::run(Environment& environment) {
  auto record = read_foreign(file_);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!name_.empty()) record->name = name_;
  const auto lock = record::lock_records(environment.paths);
  if (!lock) return std::unexpected(lock.error());
  const auto there = record::read_record(environment.paths, record->name);
  if (!there) return std::unexpected(there.error());
  if (*there) {
    return base::fail(ErrorCode::usage, cat("there is a record '", record->name, "' already"),
                      "import under another name (--name), then `bulkhead record merge`");
  }
  const auto written = record::write_record(environment.paths, *record);
  if (!written) return std::unexpected(written.error());
  environment.output.line(summary_of(*record));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
