#include "cli/containers/verify_command.h"

#include <fcntl.h>

#include <algorithm>

#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/containers/inquiry.h"
#include "cli/names/containers.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;
using base::ErrorCode;
using base::ExitCode;
using base::Result;

Style style_of(Confinement confinement) {
  switch (confinement) {
    case Confinement::holds: return Style::good;
    case Confinement::differs:
    case Confinement::unconfined: return Style::bad;
    case Confinement::cannot_tell: return Style::warning;
    case Confinement::ended: return Style::dim;
  }
  return Style::plain;
}

void write_text(const std::vector<Verified>& rows, Output& output) {
  if (rows.empty()) output.line("no containers");
  Table table({"CONTAINER", "PID", "COMMAND", "FILTERS", "APPARMOR", "RESULT"});
  for (const Verified& row : rows) {
    table.row({{row.container.empty() ? "-" : row.container},
               {base::cat(row.pid)},
               {row.command},
               {base::cat(row.filters)},
               {row.apparmor.empty() ? "-" : row.apparmor},
               {std::string(name_of(row.confinement)), style_of(row.confinement)}});
  }
  if (!table.empty()) output.write(table.text(output));
  for (const Verified& row : rows) {
    if (!row.sentence.empty())
      output.write(paragraph(base::cat("\npid ", row.pid, ": ", row.sentence)));
  }
}

std::string to_json(const std::vector<Verified>& rows) {
  base::JsonWriter json;
  json.begin_array();
  for (const Verified& row : rows) {
    json.begin_object();
    json.member("container", row.container);
    json.member("pid", row.pid);
    json.member("command", row.command);
    json.member("filters", row.filters);
    json.member("apparmor", row.apparmor);
    json.member("result", name_of(row.confinement));
    json.member_if_any("cause", row.cause);
    json.member("sentence", row.sentence);
    json.end_object();
  }
  json.end_array();
  return json.finish();
}

ExitCode exit_code_of_rows(const std::vector<Verified>& rows) {
  const auto fine = [](const Verified& row) {
    return row.confinement == Confinement::holds || row.confinement == Confinement::ended;
  };
  return std::ranges::all_of(rows, fine) ? ExitCode::ok : ExitCode::different;
}

std::vector<Verified> verify_container(const ContainerRecord& record, const Inquiry& inquiry) {
  const auto found = std::ranges::find(inquiry.records, record);
  const auto index = static_cast<std::size_t>(found - inquiry.records.begin());
  return verify_containers({index}, population_of(inquiry), inquiry, {});
}

std::vector<Verified> verify_pid(pid_t pid, const Inquiry& inquiry) {
  const Population population = population_of(inquiry);
  for (std::size_t index = 0; index < inquiry.records.size(); ++index) {
    if (std::ranges::find(population.of_record[index], pid) == population.of_record[index].end()) {
      continue;
    }
    const Demand demand = demand_at(index, inquiry);
    return verify(std::vector<Subject>{{pid, &demand}}, inquiry.ask);
  }
  return verify(std::vector<Subject>{{pid, nullptr}}, inquiry.ask);
}

Result<pid_t> pid_named(const std::string& text, const std::string& proc_root) {
  constexpr std::uint64_t kLargestPid = 1 << 22;  // PID_MAX_LIMIT, linux/threads.h
  const auto number = base::parse_decimal(text);
  if (!number || *number == 0 || *number > kLargestPid) {
    return base::fail(ErrorCode::usage, base::cat("not a process number: ", base::quoted(text)),
                      "the PID column of `bulkhead verify --all` has them");
  }
  if (base::is_absent_at(AT_FDCWD, base::cat(proc_root, '/', *number))) {
    return base::fail(
        ErrorCode::usage, base::cat("there is no process ", *number),
        "it has ended, or its number is of another pid namespace: name it as the node "
        "numbers it");
  }
  return static_cast<pid_t>(*number);
}

}  // namespace

CommandHelp VerifyCommand::help() const {
  return {
      .name = "verify",
      .summary = "ask the kernel now: does the confinement hold?",
      .description =
          "Reads the installed filters, the AppArmor label, no_new_privs and capabilities of a "
          "container's processes from the kernel and compares them with what its config.json and "
          "today's policy demand. Processes that joined later (exec) are included. A process is "
          "stopped for some tens of microseconds; what it waits in goes on. One that does not stop "
          "within two seconds, which all such share, cannot be told, and why is said. Needs root.",
      .exit_codes =
          "0 when everything holds; 1 when something differs, is unconfined or cannot be told; 7 "
          "when the kernel does not let us ask.",
      .examples = {"bulkhead verify --all", "bulkhead verify shop/web-7d4",
                   "bulkhead verify --pid 4711 --json"},
  };
}

std::vector<Option> VerifyCommand::options() {
  return {{"CONTAINER", "", "id, beginning of an id, name or namespace/pod", &container_},
          {"--pid", "PID", "one process, in a container or not", &pid_},
          {"--all", "", "every container, also those that Bulkhead has no record of", &all_},
          {"--json", "", "print one JSON array", &json_}};
}

Result<ExitCode> VerifyCommand::run(Environment& environment) {
  const int ways = (container_.empty() ? 0 : 1) + (pid_.empty() ? 0 : 1) + (all_ ? 1 : 0);
  if (ways != 1) {
    return base::fail(ErrorCode::usage, "name one CONTAINER, or --pid PID, or --all",
                      "`bulkhead ps` lists the containers");
  }
  const auto inquiry = begin_inquiry(environment);
  if (!inquiry) return std::unexpected(inquiry.error());
  std::vector<Verified> rows;
  if (all_) {
    rows = verify_all(*inquiry);
  } else if (!container_.empty()) {
    const auto names = audit::EngineNames::read(environment.root, inquiry->records);
    const auto record = find_container(inquiry->records, container_, names, inquiry->ask.proc_root);
    if (!record) return std::unexpected(record.error());
    rows = verify_container(*record, *inquiry);
  } else {
    const auto pid = pid_named(pid_, inquiry->ask.proc_root);
    if (!pid) return std::unexpected(pid.error());
    rows = verify_pid(*pid, *inquiry);
  }
  json_ ? environment.output.write(to_json(rows)) : write_text(rows, environment.output);
  return exit_code_of_rows(rows);
}

}  // namespace bulkhead::cli
