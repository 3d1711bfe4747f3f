#include "cli/containers/ps_command.h"

#include <unistd.h>

#include <ctime>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;
using audit::RecordState;
using base::ExitCode;
using base::Result;

constexpr unsigned kWatchSeconds = 2;

Style style_of(RecordState state) {
  switch (state) {
    case RecordState::held: return Style::warning;
    case RecordState::proved:
    case RecordState::installed: return Style::good;
    case RecordState::observed: return Style::bad;
    case RecordState::unproved: return Style::warning;
  }
  return Style::plain;
}

Cell state_cell(const ContainerRecord& record, const std::string& proc_root) {
  if (audit::is_stale(record, proc_root)) return {"gone", Style::dim};
  return {std::string(name_of(record.state)), style_of(record.state)};
}

Cell seccomp_cell(const ContainerRecord& record) {
  if (record.seccomp.empty()) return {"unconfined", Style::bad};
  return {record.seccomp, record.seccomp.starts_with("unconfined") ? Style::bad : Style::plain};
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

void write_table(const std::vector<ContainerRecord>& records, const std::string& proc_root,
                 Output& output) {
  Table table({"ID", "ENGINE", "CONTAINER", "SECCOMP", "APPARMOR", "STATE", "AGE"});
  const std::time_t now = std::time(nullptr);
  const std::vector<std::string> names = names_of(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const ContainerRecord& record = records[i];
    table.row({{names[i]},
               {std::string(name_of(record.identity.engine))},
               {or_dash(display_name(record.identity))},
               seccomp_cell(record),
               {or_dash(record.apparmor)},
               state_cell(record, proc_root),
               {age(record.created, now)}});
  }
  output.write(table.text(output));
}

void write_reasons(const ContainerRecord& record, Output& output) {
  output.line();
  output.line(output.styled(Style::bold, short_id(record.identity.id)));
  for (const audit::RecordedReason& reason : record.reasons) {
    output.write(paragraph(base::cat(reason.subject, ": ", reason.sentence), 2));
    if (!reason.because.empty()) {
      output.write(paragraph(base::cat("because ", base::quoted(reason.because)), 4));
    }
  }
}

std::string records_json(const audit::RecordList& list, const std::string& proc_root) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("containers");
  for (const ContainerRecord& record : list.records) {
    json.begin_object();
    json.member("gone", audit::is_stale(record, proc_root));
    json.member_raw("record", audit::to_json(record));
    json.end_object();
  }
  json.end_array();
  json.begin_array("unreadable");
  for (const base::Error& error : list.unreadable) json.element(error.sentence());
  json.end_array();
  json.end_object();
  return json.finish();
}

}  // namespace

CommandHelp PsCommand::help() const {
  return {
      .name = "ps",
      .summary = "the containers of this node, and what was proved of each",
      .description =
          "Lists the containers that started through Bulkhead, with the seccomp profile and "
          "AppArmor label that the kernel confirmed before the first instruction. `proved`: "
          "confirmed; `installed`: the gate put the filter in, then confirmed it; `held`: created, "
          "not started; `observed`: let through by mode observe; `unproved`: the policy asks for "
          "no proof, or trusts the runtime; `gone`: the process ended and nobody removed the "
          "record. What `exec` adds "
          "under a hook alone is not proved: `bulkhead verify` asks the kernel now.",
      .exit_codes = "",
      .examples = {"bulkhead ps", "bulkhead ps --reasons", "bulkhead ps --json"},
  };
}

std::vector<Option> PsCommand::options() {
  return {{"--reasons", "", "print the policy's reasons below the table", &reasons_},
          {"--json", "", "print one JSON object", &json_},
          {"--watch", "", "print again every two seconds", &watch_}};
}

Result<void> PsCommand::print_once(Environment& environment) const {
  const auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(list.error());
  Output& output = environment.output;
  const std::string proc_root = environment.root + "/proc";
  if (json_) {
    output.write(records_json(*list, proc_root));
    return {};
  }
  if (list->records.empty()) output.line("no containers");
  if (!list->records.empty()) write_table(list->records, proc_root, output);
  for (const ContainerRecord& record : list->records) {
    if (reasons_) write_reasons(record, output);
  }
  for (const base::Error& error : list->unreadable) {
    output.write(paragraph(base::cat("not a record: ", error.sentence())));
  }
  return {};
}

Result<ExitCode> PsCommand::run(Environment& environment) {
  while (true) {
    if (watch_ && environment.output.colour()) environment.output.write("\x1b[H\x1b[2J");
    if (const auto printed = print_once(environment); !printed) {
      return std::unexpected(printed.error());
    }
    if (!watch_) return ExitCode::ok;
    if (const auto flushed = environment.output.flush(); !flushed) {
      return std::unexpected(flushed.error());
    }
    ::sleep(kWatchSeconds);
  }
}

}  // namespace bulkhead::cli
