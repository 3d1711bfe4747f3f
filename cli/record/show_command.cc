#include "cli/record/show_command.h"

#include <ctime>

#include "base/times.h"
#include "cli/denials/denial_query.h"
#include "cli/record/record_table.h"
#include "record/keeping/collect.h"
#include "record/keeping/store.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;

// "2026-11-24" and its like, as far as it is given, as the beginning of that span.
Result<record::Time> time_of(const std::string& text) {
  constexpr std::string_view kBeginning = "0000-01-01T00:00:00.000Z";
  constexpr record::Time kSecond = 1000;
  auto since = parse_since(text, static_cast<std::uint64_t>(std::time(nullptr)));
  if (!since) return std::unexpected(std::move(since.error()));
  if (since->size() < kBeginning.size()) *since += kBeginning.substr(since->size());
  return static_cast<record::Time>(base::seconds_of_utc(*since).value_or(0)) * kSecond;
}

}  // namespace

CommandHelp RecordShowCommand::help() const {
  return {
      .name = "record show",
      .summary = "the calls of a record: how often, since when, in how many containers",
      .description =
          "Shows what the record NAME has of each system call, all its containers together: how "
          "often it was made, how often of that by processes that joined with exec, how often a "
          "filter denied it, in how many containers, and when first and last. --new-since shows "
          "only calls that were made for the first time since then.",
      .exit_codes = "",
      .examples = {"bulkhead record show web", "bulkhead record show web --new-since 1d",
                   "bulkhead record show web --json"},
  };
}

std::vector<Option> RecordShowCommand::options() {
  return {{"NAME", "", "the record", &name_, true},
          {"--new-since", "TIME", "30s, 10m, 2h, 1d ago, or a time in UTC", &new_since_},
          {"--without-exec", "", "without what joined with exec", &without_exec_},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> RecordShowCommand::run(Environment& environment) {
  RecordView view{.joins = without_exec_ ? record::Joins::left_out : record::Joins::counted};
  if (!new_since_.empty()) {
    const auto since = time_of(new_since_);
    if (!since) return std::unexpected(since.error());
    view.new_since = *since;
  }
  const auto read = record::read_up_to_date(environment.paths, name_);
  if (!read) return std::unexpected(read.error());
  json_ ? environment.output.write(record_json(*read, view))
        : write_record(*read, view, environment.output);
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
