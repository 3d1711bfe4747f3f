#include "cli/denials/explain_record_command.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/denials/record_meaning.h"
#include "cli/frame/input.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/layout.h"
#include "policy/checks/expand.h"

namespace bulkhead::cli {

namespace {

using audit::Denial;
using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::quoted;
using base::Result;

constexpr std::size_t kMaxBytes = 64U << 20U;

// One of the lines that hold a record, or that should.
struct Told {
  std::size_t line = 0;   // from 1
  std::size_t count = 1;  // lines that say the same, this one included
  std::optional<RecordMeaning> meaning;
  std::string problem;
};

Result<std::optional<oci_config::SeccompProfile>> profile_in(const std::string& path,
                                                             const std::string& root) {
  if (path.empty()) return std::nullopt;
  const auto file = read_profile_file(path);
  if (!file) return std::unexpected(file.error());
  const auto facts = node_facts(root);
  if (!facts) return std::unexpected(facts.error());
  return policy::expand(file->profile, {.native = facts->native, .kernel = facts->kernel});
}

// Of the same kind, of the same program, whenever and by whichever of its processes.
bool say_the_same(const RecordMeaning& a, const RecordMeaning& b) {
  if (!a.denial || !b.denial) return false;
  const auto face = [](const RecordMeaning& meaning) {
    const Denial& denial = *meaning.denial;
    return std::tie(meaning.what, meaning.by, denial.comm, denial.exe, denial.arch, denial.nr,
                    denial.operation, denial.path, denial.denied, denial.object, denial.profile);
  };
  return face(a) == face(b);
}

void add(std::vector<Told>& told, Told next) {
  for (Told& known : told) {
    if (next.meaning && known.meaning && say_the_same(*known.meaning, *next.meaning)) {
      ++known.count;
      return;
    }
  }
  told.push_back(std::move(next));
}

std::vector<Told> read_lines(std::string_view text, const oci_config::SeccompProfile* profile) {
  std::vector<Told> told;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    auto meaning = meaning_of(text.substr(0, end), profile);
    if (!meaning) {
      add(told, {.line = number, .problem = meaning.error().sentence()});
    } else if (*meaning) {
      add(told, {.line = number, .meaning = std::move(*meaning)});
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return told;
}

// ---- for people ---------------------------------------------------------------------------------

std::string subject_of(const Denial& denial) {
  if (denial.kind == audit::DenialKind::seccomp) {
    const std::string call = denial.syscall.empty() ? cat("system call ", denial.nr)
                                                    : cat(denial.syscall, " (", denial.nr, ')');
    return cat("seccomp: ", call, " on ", denial.arch);
  }
  std::string text = cat("AppArmor: ", denial.operation);
  if (!denial.denied.empty()) text += cat(" (", denial.denied, ')');
  if (!denial.path.empty()) text += cat(' ', quoted(denial.path));
  if (!denial.object.empty()) text += cat(", ", quoted(denial.object));
  return text;
}

std::string program_of(const Denial& denial) {
  std::string text = quoted(denial.comm);
  if (!denial.exe.empty() && denial.exe != denial.comm) text += cat(" (", quoted(denial.exe), ')');
  return cat(text, ", pid ", denial.pid);
}

// What is to be copied (a rule) stays on one line.
void write_row(Output& output, std::string_view name, std::string_view text, bool wrapped = true) {
  constexpr std::size_t kIndent = 11;
  if (text.empty()) return;
  std::string row = wrapped ? paragraph(text, kIndent) : cat(std::string(kIndent, ' '), text, '\n');
  row.replace(2, name.size(), name);
  output.write(row);
}

void write_denial(Output& output, const Told& told) {
  const RecordMeaning& meaning = *told.meaning;
  const Denial& denial = *meaning.denial;
  const std::string times = told.count > 1 ? cat("  ×", told.count) : std::string();
  output.line(cat(output.styled(Style::bold, subject_of(denial)), times));
  write_row(output, "what", meaning.what);
  write_row(output, "by", meaning.by);
  write_row(output, "who", program_of(denial));
  write_row(output, "when", meaning.time.contains(' ') ? quoted(meaning.time) : meaning.time);
  write_row(output, "allow", denial.remedy, false);
  write_row(output, "but", denial.caution);
}

void write_text(const std::vector<Told>& all, Output& output) {
  bool first = true;
  for (const Told& told : all) {
    if (!std::exchange(first, false)) output.line();
    if (!told.meaning) {
      output.line(cat("line ", told.line, ": ", told.problem));
    } else if (told.meaning->denial) {
      write_denial(output, told);
    } else {
      output.line(cat("line ", told.line, ": ", told.meaning->what));
    }
  }
}

// ---- for machines -------------------------------------------------------------------------------

std::string json_of(const Told& told) {
  base::JsonWriter json;
  json.begin_object();
  json.member("line", told.line);
  json.member("count", told.count);
  if (!told.meaning) {
    json.member("problem", told.problem);
  } else {
    json.member("denied", told.meaning->denial.has_value());
    json.member("what", told.meaning->what);
    json.member_if_any("by", told.meaning->by);
    json.member_if_any("time", told.meaning->time);
    if (told.meaning->denial) json.member_raw("record", audit::to_json(*told.meaning->denial));
  }
  json.end_object();
  return json.take();
}

}  // namespace

Result<ExitCode> explain_lines(const PastedLines& lines, Environment& environment) {
  const auto profile = profile_in(lines.profile, environment.root);
  if (!profile) return std::unexpected(profile.error());
  const auto text = read_input(lines.file, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  const auto all = read_lines(*text, *profile ? &**profile : nullptr);
  if (all.empty()) {
    return base::fail(ErrorCode::invalid_input, "no line holds a record of seccomp or AppArmor",
                      "give whole lines, such as `dmesg | grep audit:` prints them; they hold "
                      "type=1326, type=1400, SECCOMP or apparmor=");
  }
  if (lines.json) {
    for (const Told& told : all) environment.output.line(json_of(told));
  } else {
    write_text(all, environment.output);
  }
  const bool all_read =
      std::ranges::all_of(all, [](const Told& told) { return told.meaning.has_value(); });
  return all_read ? ExitCode::ok : ExitCode::different;
}

CommandHelp ExplainRecordCommand::help() const {
  return {
      .name = "explain-record",
      .summary = "what lines of dmesg, the journal or audit.log mean",
      .description =
          "Takes lines that hold records of seccomp or AppArmor, as dmesg, the journal, audit.log "
          "or ausearch (with and without -i) show them, of any architecture, and tells for each "
          "what was denied, by what kind of rule, and what would allow it. Lines without a record "
          "are passed over; what is said more than once is told once. With --profile, the rule of "
          "that seccomp profile is named. Needs neither root nor the machine that the lines are "
          "from.",
      .exit_codes = "0 when each record was read; 1 where one could not be; 4 when there was none.",
      .examples = {"dmesg | bulkhead explain-record",
                   "ausearch -m SECCOMP -ts today | bulkhead explain-record --profile my-app.json",
                   "bulkhead explain-record /var/log/audit/audit.log"},
  };
}

std::vector<Option> ExplainRecordCommand::options() {
  return {{"FILE", "", "the lines; - or none: standard input", &file_},
          {"--profile", "PATH", "the seccomp profile that the program was under", &profile_},
          {"--json", "", "print one JSON object for each record", &json_}};
}

Result<ExitCode> ExplainRecordCommand::run(Environment& environment) {
  const std::string file = file_.empty() ? std::string(kStandardInput) : file_;
  return explain_lines({.file = file, .profile = profile_, .json = json_}, environment);
}

}  // namespace bulkhead::cli
