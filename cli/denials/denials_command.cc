#include "cli/denials/denials_command.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <type_traits>

#include "audit/denials/denial_cause.h"
#include "audit/denials/denial_log.h"
#include "audit/events/line_reader.h"
#include "audit/records/record.h"
#include "audit/records/watch_lock.h"
#include "base/counted.h"
#include "base/text.h"
#include "cli/denials/container_story.h"
#include "cli/denials/denial_report.h"
#include "cli/denials/denial_suggestion.h"
#include "cli/denials/explain_record_command.h"
#include "cli/denials/known_names.h"
#include "cli/denials/log_profile.h"
#include "cli/denials/unlogged.h"
#include "cli/denials/written_profile.h"
#include "cli/frame/input.h"
#include "cli/names/programs.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/layout.h"
#include "cli/screen/readable_diff.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

namespace {

using audit::Denial;
using base::cat;
using base::ExitCode;
using base::Result;

constexpr unsigned kFollowMicroseconds = 300'000;

// The diff of the profile in force in a container that still has its record and its bundle.
void add_diff(Suggestion& suggestion, const std::vector<audit::ContainerRecord>& records,
              const policy::NodeFacts& facts) {
  if (suggestion.syscalls.empty()) return;
  for (const audit::ContainerRecord& record : records) {
    if (record.identity.id != suggestion.identity.id ||
        record.identity.runtime_root != suggestion.identity.runtime_root) {
      continue;
    }
    const auto profile = audit::profile_of(record.bundle, record.seccomp, facts);
    if (!profile) break;
    suggestion.diff = readable_diff(
        oci_config::to_pretty_json(*profile),
        oci_config::to_pretty_json(allowing(*profile, suggestion.syscalls)), record.seccomp);
    return;
  }
  suggestion.problem = "the container is gone, so its profile is not known: no diff";
}

bool is_given(const Option& option) {
  return std::visit(
      [](const auto* target) {
        if constexpr (std::is_same_v<decltype(target), const bool*>) {
          return *target;
        } else {
          return !target->empty();
        }
      },
      option.target);
}

// Of lines that somebody pasted no log is asked.
Result<void> check_goes_with_lines(const std::vector<Option>& options) {
  static constexpr std::string_view kThatDo[] = {"LINES", "--profile", "--json"};
  for (const Option& option : options) {
    if (!is_given(option) || std::ranges::find(kThatDo, option.name) != std::end(kThatDo)) continue;
    return base::fail(base::ErrorCode::usage,
                      cat(option.name, " asks the log, and - takes lines from standard input"),
                      "leave one of the two out");
  }
  return {};
}

}  // namespace

CommandHelp DenialsCommand::help() const {
  return {
      .name = "denials",
      .summary = "what was denied, to which container, by which rule",
      .description =
          "Asks the log that `bulkhead watch` writes. Without options it adds up what was denied, "
          "the most frequent first. --container takes an id or the beginning of one, a container's "
          "name as its engine shows it, a pod's, or namespace/pod. --story tells all of one "
          "container, decisions and denials. "
          "--suggest prints the smallest change to the profile that would allow what was denied; "
          "what would open the node is left out unless --dangerous is given; --write makes the "
          "change in the profile as its owner wrote it, AppArmor's in the file that defines it, "
          "and "
          "says what puts it in force. "
          "--as-profile makes a profile of what was let through and logged, as `record profile` "
          "does of a record, and --as-apparmor an AppArmor profile of what complain mode let "
          "through. With - the log is not asked: it tells what lines of dmesg, the journal or "
          "audit.log on standard input mean, as `explain-record` does.",
      .exit_codes =
          "With --as-profile and --as-apparmor 8 when the log says that something was lost; with - "
          "those of `explain-record`.",
      .examples = {"bulkhead denials --since 1h", "bulkhead denials --namespace shop --top 5",
                   "bulkhead denials --container shop/web-7d4 --suggest",
                   "bulkhead denials --container web --suggest --write web.json",
                   "bulkhead denials --json --syscall mount", "bulkhead denials --story 4f1c2a",
                   "dmesg | bulkhead denials -"},
  };
}

std::vector<Option> DenialsCommand::options() {
  return {
      {"LINES", "", "- alone: what lines from standard input mean", &lines_},
      {"--container", "NAME", "only of this container", &container_},
      {"--namespace", "NAME", "only of this Kubernetes namespace", &query_.namespace_},
      {"--since", "TIME", "30s, 10m, 2h, 1d ago, or a time in UTC", &since_},
      {"--syscall", "NAME", "only this system call", &query_.syscall},
      {"--top", "COUNT", "how many rows; a screen unless given", &top_},
      {"--would", "", "only what was let through and would be denied", &query_.would},
      {"--follow", "", "print each as it comes", &follow_},
      {"--story", "CONTAINER", "all that is logged of one container", &story_},
      {"--suggest", "", "the change to the profile that would allow it", &suggest_},
      {"--dangerous", "", "suggest what would open the node, too", &dangerous_},
      {"--write", "FILE", "with --suggest: write the changed profile there", &write_},
      {"--profile", "FILE", "with --write or -: the profile, where nothing tells it", &profile_},
      {"--as-profile", "", "make a profile of what was let through", &as_profile_},
      {"--as-apparmor", "", "the same as an AppArmor profile", &as_apparmor_},
      {"--json", "", "print the lines of the log", &json_}};
}

audit::EngineNames DenialsCommand::read_names(const Environment& environment) {
  const auto list = audit::read_records(environment.paths);
  return audit::EngineNames::read(environment.root,
                                  list ? list->records : std::vector<audit::ContainerRecord>());
}

Result<void> DenialsCommand::check_is_meant(const Environment& environment) const {
  return check_somebody_is_meant(query_, environment.paths, names_);
}

// What cannot be told, for want of records, is as much of an answer as what is told.
void DenialsCommand::tell_unlogged(const Environment& environment, Output& output) const {
  const std::string sentence = unlogged_sentence_for(query_, environment.paths, names_);
  if (!sentence.empty()) output.write(paragraph(sentence));
}

Result<void> DenialsCommand::summarize(Environment& environment) const {
  const auto top = top_.empty() ? std::nullopt : base::parse_decimal(top_);
  if (!top && !top_.empty()) {
    return base::fail(base::ErrorCode::usage,
                      cat("--top takes a number, not ", base::quoted(top_)));
  }
  DenialSummary summary;
  const auto read = audit::read_denial_log(environment.paths.log, [&](Denial denial) {
    const bool wanted = denial.kind == audit::DenialKind::loss || matches(query_, denial);
    if (wanted) summary.add(std::move(denial));
  });
  if (!read) return std::unexpected(read.error());
  if (summary.total() == 0) {
    if (auto meant = check_is_meant(environment); !meant) return meant;
  }
  write_summary(summary, top, std::time(nullptr), environment.output);
  tell_unlogged(environment, environment.output);
  if (*read > 0) {
    environment.output.line(cat(base::counted(*read, "line"), " of the log cannot be read"));
  }
  if (!audit::is_watched(environment.paths)) {
    environment.output.line(
        cat("nobody watches now: `", command_that_watches(environment.root), "` does"));
  }
  return {};
}

Result<void> DenialsCommand::print_lines(Environment& environment) const {
  bool any = false;
  const auto read = audit::read_denial_log(environment.paths.log, [&](const Denial& denial) {
    if (!matches(query_, denial)) return;
    any = true;
    environment.output.line(audit::to_json(denial));
  });
  if (!read) return std::unexpected(read.error());
  tell_unlogged(environment, environment.errors);
  return any ? Result<void>() : check_is_meant(environment);
}

Result<void> DenialsCommand::suggest(Environment& environment) const {
  Suggestions suggestions(dangerous_);
  const auto read = audit::read_denial_log(environment.paths.log, [&](const Denial& denial) {
    if (matches(query_, denial)) suggestions.add(denial);
  });
  if (!read) return std::unexpected(read.error());
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(list.error());
  for (auto& [id, suggestion] : suggestions.by_container()) {
    add_diff(suggestion, list->records, *facts);
  }
  if (suggestions.by_container().empty()) {
    if (auto meant = check_is_meant(environment); !meant) return meant;
  }
  tell_unlogged(environment, json_ ? environment.errors : environment.output);
  if (!write_.empty()) return write_suggested(suggestions.by_container(), environment);
  if (json_) {
    environment.output.write(suggestions_json(suggestions.by_container()));
  } else {
    write_suggestions(suggestions.by_container(), environment.output);
  }
  return {};
}

Result<void> DenialsCommand::write_suggested(const std::map<std::string, Suggestion>& all,
                                             Environment& environment) const {
  if (all.size() != 1) {
    return base::fail(base::ErrorCode::usage,
                      all.empty()
                          ? std::string("there is nothing to write: no such denials")
                          : cat(base::counted(all.size(), "container"), " were denied something"),
                      "name one of those that `bulkhead denials` shows with --container");
  }
  return write_profile(all.begin()->second, {.file = write_, .profile = profile_}, environment);
}

// Of a log that has nothing to make it of, because nobody is called so, that is the answer.
Result<ExitCode> DenialsCommand::make_profile(Environment& environment) const {
  auto made = as_profile_ ? write_log_profile(query_, environment)
                          : write_log_apparmor(query_, environment);
  if (made || made.error().code != base::ErrorCode::usage) return made;
  if (auto meant = check_is_meant(environment); !meant) return std::unexpected(meant.error());
  return made;
}

Result<void> DenialsCommand::tell_story(Environment& environment) const {
  const auto story = story_of(environment.paths, query_.container);
  if (!story) return std::unexpected(story.error());
  if (story->empty()) {
    if (auto meant = check_is_meant(environment); !meant) return meant;
    return base::fail(base::ErrorCode::usage,
                      cat("nothing is logged of the container ", base::quoted(story_)));
  }
  for (const StoryLine& line : *story) environment.output.line(json_ ? line.json : line.text);
  return {};
}

// What the log holds already is passed over. Ends when nobody reads any more.
Result<void> DenialsCommand::follow(Environment& environment) const {
  audit::LineReader log(cat(environment.paths.log, "/", audit::kDenialLogName));
  if (auto skipped = log.read([](std::string_view) {}); !skipped) return skipped;
  if (const auto meant = check_is_meant(environment); !meant) {  // it may start yet
    environment.errors.line(cat("note: ", meant.error().sentence()));
  }
  tell_unlogged(environment, environment.errors);
  if (auto flushed = environment.errors.flush(); !flushed) return flushed;
  while (true) {
    const auto read = log.read([&](std::string_view line) {
      const auto denial = audit::parse_denial(std::string(line));
      if (!denial || !matches(query_, *denial)) return;
      environment.output.line(json_ ? std::string(line) : one_line(*denial));
    });
    if (!read) return read;
    if (auto flushed = environment.output.flush(); !flushed) return flushed;
    ::usleep(kFollowMicroseconds);
  }
}

Result<ExitCode> DenialsCommand::explain_pasted(Environment& environment) {
  if (lines_ != kStandardInput) {
    return base::fail(base::ErrorCode::usage, cat("unexpected argument ", base::quoted(lines_)),
                      "--container asks for one container, `bulkhead explain-record` takes a file");
  }
  if (auto alone = check_goes_with_lines(options()); !alone) return std::unexpected(alone.error());
  return explain_lines({.file = lines_, .profile = profile_, .json = json_}, environment);
}

Result<ExitCode> DenialsCommand::run(Environment& environment) {
  if (!lines_.empty()) return explain_pasted(environment);
  if (auto known = check_syscall(query_.syscall); !known) return std::unexpected(known.error());
  names_ = read_names(environment);
  const std::string& wanted = story_.empty() ? container_ : story_;
  query_.container = {wanted, names_.ids_of(wanted)};
  if (!since_.empty()) {
    auto since = parse_since(since_, static_cast<std::uint64_t>(std::time(nullptr)));
    if (!since) return std::unexpected(since.error());
    query_.since = std::move(*since);
  }
  if (!write_.empty() && !suggest_) {
    return base::fail(base::ErrorCode::usage, "--write goes with --suggest");
  }
  if (as_profile_ || as_apparmor_) return make_profile(environment);
  const auto done = !story_.empty() ? tell_story(environment)
                    : follow_       ? follow(environment)
                    : suggest_      ? suggest(environment)
                    : json_         ? print_lines(environment)
                                    : summarize(environment);
  if (!done) return std::unexpected(done.error());
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
