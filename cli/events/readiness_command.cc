#include "cli/events/readiness_command.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "audit/events/event_reader.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/denials/denial_query.h"
#include "cli/denials/known_names.h"
#include "cli/events/readiness.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::Result;

constexpr std::array kAnswers = {Answer::refuse, Answer::change, Answer::nothing};

std::string few_of(const std::vector<std::string>& containers) {
  constexpr std::size_t kShown = 2;
  const std::size_t count = std::min(containers.size(), kShown);
  const std::vector<std::string> first(containers.begin(),
                                       containers.begin() + static_cast<std::ptrdiff_t>(count));
  const std::size_t more = containers.size() - count;
  return cat(base::join(first, ", "), more == 0 ? std::string() : cat(" and ", more, " more"));
}

std::string why_and_rules(const ReadinessRow& row) {
  if (row.rules.empty()) return row.why;
  return cat(row.why, " [", base::join(row.rules, ", "), ']');
}

std::string counts_of(const Readiness& readiness) {
  std::vector<std::string> parts;
  for (const Answer answer : kAnswers) {
    if (const std::size_t count = readiness.count(answer)) {
      parts.push_back(cat(count, ' ', name_of(answer)));
    }
  }
  return base::join(parts, ", ");
}

std::string verdict_of(const Readiness& readiness) {
  const std::string counts = counts_of(readiness);
  if (counts.empty()) return "not known: the log of events has no start of a container";
  return cat(readiness.count(Answer::refuse) == 0 ? "ready: " : "not ready: ", counts);
}

bool is_ready(const Readiness& readiness) {
  return readiness.count(Answer::refuse) == 0 &&
         readiness.count(Answer::change) + readiness.count(Answer::nothing) > 0;
}

// What to do about the containers of an answer.
void write_advice(Answer answer, Output& output) {
  switch (answer) {
    case Answer::refuse:
      return output.write(paragraph(
          "Refused: do what the row says, or give the workload a profile of its own or an "
          "exemption with a reason (`bulkhead policy explain rules`)."));
    case Answer::change:
      return output.write(
          paragraph("Changed: nothing was denied to them yet, since they do not run so yet. Try "
                    "them under enforce on one node first."));
    case Answer::nothing: return;
  }
}

void write_text(const Readiness& readiness, Output& output) {
  Table table({"COUNT", "IMAGE", "CONTAINERS", "WHY, AND WHAT TO DO"});
  Answer heading = Answer::nothing;
  for (const ReadinessRow& row : readiness.rows()) {
    if (row.answer == Answer::nothing) continue;
    if (row.answer != heading) table.heading(cat("would be ", name_of(row.answer)));
    heading = row.answer;
    table.row({{cat(row.containers.size())},
               {row.image.empty() ? "-" : base::quoted(row.image)},
               {few_of(row.containers)},
               {why_and_rules(row), row.answer == Answer::refuse ? Style::bad : Style::plain}});
  }
  if (!table.empty()) output.write(table.text(output));
  for (const Answer answer : kAnswers) {
    if (readiness.count(answer) > 0) write_advice(answer, output);
  }
  output.line(verdict_of(readiness));
}

void write_json(const Readiness& readiness, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("ready", is_ready(readiness));
  for (const Answer answer : kAnswers) json.member(name_of(answer), readiness.count(answer));
  json.begin_array("rows");
  for (const ReadinessRow& row : readiness.rows()) {
    json.begin_object();
    json.member("answer", name_of(row.answer));
    json.member("image", row.image);
    json.strings("rules", row.rules);
    json.member("why", row.why);
    json.strings("containers", row.containers);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  output.write(json.finish());
}

}  // namespace

CommandHelp ReadinessCommand::help() const {
  return {
      .name = "readiness",
      .summary = "is this node ready for enforce? Who would be changed or refused",
      .description =
          "For a roll-out: of each container that started under mode observe, what enforce would "
          "have done, by image and reason; under enforce, what it did. What was running before "
          "Bulkhead came, and what has not started since, is not known.",
      .exit_codes =
          "0 when nothing would be refused; 1 when something would, or nothing has "
          "started.",
      .examples = {"bulkhead readiness", "bulkhead readiness --since 1d --namespace shop"},
  };
}

std::vector<Option> ReadinessCommand::options() {
  return {{"--namespace", "NAME", "only of this Kubernetes namespace", &query_.namespace_},
          {"--since", "TIME", "30s, 10m, 2h, 1d ago, or a time in UTC", &since_},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> ReadinessCommand::run(Environment& environment) {
  if (!since_.empty()) {
    auto since = parse_since(since_, static_cast<std::uint64_t>(std::time(nullptr)));
    if (!since) return std::unexpected(since.error());
    query_.since = std::move(*since);
  }
  Readiness readiness;
  const auto read = audit::read_event_log(environment.paths.log,
                                          [&](const audit::Event& event, std::string_view) {
                                            if (matches(query_, event)) readiness.add(event);
                                          });
  if (!read) return std::unexpected(read.error());
  if (readiness.rows().empty()) {
    const auto meant = check_somebody_is_meant({.container = {}, .namespace_ = query_.namespace_},
                                               environment.paths, {});
    if (!meant) return std::unexpected(meant.error());
  }
  json_ ? write_json(readiness, environment.output) : write_text(readiness, environment.output);
  return is_ready(readiness) ? ExitCode::ok : ExitCode::different;
}

}  // namespace bulkhead::cli
