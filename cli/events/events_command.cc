#include "cli/events/events_command.h"

#include <algorithm>
#include <ctime>
#include <optional>

#include "audit/events/event_reader.h"
#include "base/counted.h"
#include "base/text.h"
#include "cli/denials/denial_query.h"
#include "cli/denials/known_names.h"
#include "cli/names/containers.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using audit::Event;
using audit::EventKind;
using base::cat;
using base::ExitCode;
using base::Result;

constexpr std::size_t kRowsOfAScreen = 12;  // some of them take several lines

Style style_of(EventKind kind) {
  switch (kind) {
    case EventKind::refused:
    case EventKind::proof_failed:
    case EventKind::ended: return Style::bad;
    case EventKind::observed:
    case EventKind::new_call: return Style::warning;
    case EventKind::admitted:
    case EventKind::changed:
    case EventKind::proved:
    case EventKind::installed:
    case EventKind::removed: return Style::plain;
  }
  return Style::plain;
}

// As people say it; else as the log does.
std::string shown_name(const Event& event, const audit::EngineNames& names) {
  const std::string name = names.of(event.identity.id);
  return name.empty() ? container_text(event) : display_name(event.identity, name);
}

void write_groups(const std::vector<const EventGroup*>& groups, std::size_t shown,
                  const audit::EngineNames& names, Output& output) {
  Table table({"COUNT", "EVENT", "BY", "WHY", "LAST"});
  const std::time_t now = std::time(nullptr);
  std::string container;
  for (std::size_t i = 0; i < shown; ++i) {
    const Event& event = groups[i]->latest;
    const std::string name = shown_name(event, names);
    if (name != container) table.heading(name);
    container = name;
    table.row({{cat(groups[i]->count)},
               {std::string(name_of(event.kind)), style_of(event.kind)},
               {event.stage},
               {why_text(event)},
               {age(event.time, now)}});
  }
  if (!table.empty()) output.write(table.text(output));
}

}  // namespace

CommandHelp EventsCommand::help() const {
  return {
      .name = "events",
      .summary = "what was decided and proved, of which container, and why",
      .description =
          "Asks the log of events (bulkhead-events(5)): starts and joins that were admitted, "
          "changed, refused or only observed, proofs that held and that failed. What says the "
          "same of one container is added up. --refused, --observed, --changed and --failed may be "
          "given together. --container takes an id or the beginning of one, a container's name as "
          "its "
          "engine shows it, a pod's, or namespace/pod.",
      .exit_codes = "",
      .examples = {"bulkhead events --refused --since 1h",
                   "bulkhead events --container shop/web-7d4", "bulkhead events --exec --json"},
  };
}

std::vector<Option> EventsCommand::options() {
  return {{"--container", "NAME", "only of this container", &query_.container},
          {"--namespace", "NAME", "only of this Kubernetes namespace", &query_.namespace_},
          {"--since", "TIME", "30s, 10m, 2h, 1d ago, or a time in UTC", &since_},
          {"--refused", "", "what was not started", &refused_},
          {"--observed", "", "what mode observe let through", &observed_},
          {"--changed", "", "what was started with an edited config.json", &changed_},
          {"--failed", "", "what was killed, or ended before its program", &failed_},
          {"--exec", "", "only of processes that joined a container", &query_.exec},
          {"--top", "COUNT", "how many rows; a screen unless given", &top_},
          {"--json", "", "print the lines of the log", &json_}};
}

EventQuery EventsCommand::asked() const {
  EventQuery query = query_;
  if (refused_) query.kinds.insert(EventKind::refused);
  if (observed_) query.kinds.insert(EventKind::observed);
  if (changed_) query.kinds.insert(EventKind::changed);
  if (failed_) query.kinds.insert({EventKind::proof_failed, EventKind::ended});
  return query;
}

Result<void> EventsCommand::check_is_meant(const Environment& environment) const {
  return check_somebody_is_meant(
      {.container = {query_.container, query_.called_so}, .namespace_ = query_.namespace_},
      environment.paths, names_);
}

Result<void> EventsCommand::summarize(Environment& environment) const {
  const auto top =
      top_.empty() ? std::optional(std::uint64_t{kRowsOfAScreen}) : base::parse_decimal(top_);
  if (!top) {
    return base::fail(base::ErrorCode::usage,
                      cat("--top takes a number, not ", base::quoted(top_)));
  }
  EventSummary summary;
  const EventQuery query = asked();
  const auto read =
      audit::read_event_log(environment.paths.log, [&](const Event& event, std::string_view) {
        if (matches(query, event)) summary.add(event);
      });
  if (!read) return std::unexpected(read.error());
  const auto groups = summary.groups();
  const std::size_t shown = std::min<std::size_t>(groups.size(), *top);
  if (groups.empty()) {
    if (auto meant = check_is_meant(environment); !meant) return meant;
  }
  write_groups(groups, shown, names_, environment.output);
  if (groups.size() > shown) {
    environment.output.line(
        cat("and ", groups.size() - shown, " more; --top ", groups.size(), " shows them"));
  }
  environment.output.line(groups.empty() ? std::string("no such events") : summary.totals());
  if (*read > 0) {
    environment.output.line(cat(base::counted(*read, "line"), " of the log cannot be read"));
  }
  return {};
}

Result<void> EventsCommand::print_lines(Environment& environment) const {
  const EventQuery query = asked();
  bool any = false;
  const auto read =
      audit::read_event_log(environment.paths.log, [&](const Event& event, std::string_view line) {
        if (!matches(query, event)) return;
        any = true;
        environment.output.line(line);
      });
  if (!read) return std::unexpected(read.error());
  return any ? Result<void>() : check_is_meant(environment);
}

Result<ExitCode> EventsCommand::run(Environment& environment) {
  if (!since_.empty()) {
    auto since = parse_since(since_, static_cast<std::uint64_t>(std::time(nullptr)));
    if (!since) return std::unexpected(since.error());
    query_.since = std::move(*since);
  }
  names_ = audit::EngineNames::read(environment.root);
  query_.called_so = names_.ids_of(query_.container);
  const auto done = json_ ? print_lines(environment) : summarize(environment);
  if (!done) return std::unexpected(done.error());
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
