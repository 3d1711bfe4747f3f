#include "cli/containers/ps_command.h"

#include <unistd.h>

#include <ctime>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/containers/ended_containers.h"
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

Cell seccomp_cell(const std::string& source) {
  if (source.empty()) return {"unconfined", Style::bad};
  return {source, source.starts_with("unconfined") ? Style::bad : Style::plain};
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string apparmor_text(const ContainerRecord& record) {
  return record.apparmor_recorder.empty() ? or_dash(record.apparmor)
                                          : base::cat(record.apparmor, " (recorded)");
}

struct Listed {
  std::vector<ContainerRecord> records;
  std::vector<audit::Event> ended;
  audit::EngineNames names;

  [[nodiscard]] std::string name_of(const policy::Identity& identity) const {
    return display_name(identity, names.of(identity.id));
  }
};

std::vector<Cell> row_of(const ContainerRecord& record, const std::string& id,
                         const std::string& name, const std::string& proc_root) {
  return {{id},
          {std::string(name_of(record.identity.engine))},
          {or_dash(name)},
          seccomp_cell(record.seccomp),
          {apparmor_text(record)},
          state_cell(record, proc_root),
          {age(record.created, std::time(nullptr))}};
}

std::vector<Cell> row_of(const audit::Event& ended, const std::string& name) {
  return {{short_id(ended.identity.id)},
          {std::string(name_of(ended.identity.engine))},
          {or_dash(name)},
          seccomp_cell(ended.seccomp),
          {or_dash(ended.apparmor)},
          {"ended", Style::dim},
          {age(ended.time, std::time(nullptr))}};
}

// Those that have a name first.
void write_table(const Listed& listed, const std::string& proc_root, Output& output) {
  Table table({"ID", "ENGINE", "CONTAINER", "SECCOMP", "APPARMOR", "STATE", "AGE"});
  const std::vector<std::string> ids = names_of(listed.records);
  for (const bool named : {true, false}) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string name = listed.name_of(listed.records[i].identity);
      if (name.empty() != named) table.row(row_of(listed.records[i], ids[i], name, proc_root));
    }
    for (const audit::Event& ended : listed.ended) {
      const std::string name = listed.name_of(ended.identity);
      if (name.empty() != named) table.row(row_of(ended, name));
    }
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

std::string records_json(const Listed& listed, const std::vector<base::Error>& unreadable,
                         const std::string& proc_root) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("containers");
  for (const ContainerRecord& record : listed.records) {
    json.begin_object();
    json.member("gone", audit::is_stale(record, proc_root));
    json.member_if_any("name", listed.names.of(record.identity.id));
    json.member_raw("record", audit::to_json(record));
    json.end_object();
  }
  json.end_array();
  json.begin_array("ended");
  for (const audit::Event& ended : listed.ended) {
    json.begin_object();
    json.member_if_any("name", listed.names.of(ended.identity.id));
    json.member_raw("event", audit::to_json(ended, ended.time));
    json.end_object();
  }
  json.end_array();
  json.begin_array("unreadable");
  for (const base::Error& error : unreadable) json.element(error.sentence());
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
          "record; `ended`, with --all: what the log of events tells of those that have no record "
          "any more. CONTAINER is the name in Kubernetes, or what Docker or Podman call it. What "
          "`exec` adds "
          "under a hook alone is not proved: `bulkhead verify` asks the kernel now.",
      .exit_codes = "",
      .examples = {"bulkhead ps", "bulkhead ps -a", "bulkhead ps --reasons", "bulkhead ps --json"},
  };
}

std::vector<Option> PsCommand::options() {
  return {{.name = "--all",
           .placeholder = "",
           .help = "also those that have ended, as far as the log tells",
           .target = &all_,
           .short_name = "-a"},
          {"--reasons", "", "print the policy's reasons below the table", &reasons_},
          {"--json", "", "print one JSON object", &json_},
          {"--watch", "", "print again every two seconds", &watch_}};
}

Result<void> PsCommand::print_once(Environment& environment) const {
  auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(list.error());
  auto ended = all_ ? ended_containers(environment.paths, list->records)
                    : Result<std::vector<audit::Event>>();
  if (!ended) return std::unexpected(std::move(ended.error()));
  audit::EngineNames names = audit::EngineNames::read(environment.root, list->records);
  const Listed listed{std::move(list->records), *std::move(ended), std::move(names)};
  Output& output = environment.output;
  const std::string proc_root = environment.root + "/proc";
  if (json_) {
    output.write(records_json(listed, list->unreadable, proc_root));
    return {};
  }
  const bool none = listed.records.empty() && listed.ended.empty();
  none ? output.line("no containers") : write_table(listed, proc_root, output);
  for (const ContainerRecord& record : listed.records) {
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
