#include "conformance/running/case_run.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "base/json_writer.h"
#include "base/text.h"
#include "conformance/running/bundle.h"
#include "conformance/running/command.h"
#include "conformance/running/judge.h"
#include "conformance/running/listener.h"
#include "conformance/running/observation.h"
#include "conformance/running/session.h"
#include "conformance/values/status_text.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonValue;

constexpr int kReportBound_ms = 5'000;
constexpr int kEndBound_ms = 5'000;

class CaseRun {
 public:
  // `listener`: null where the case has none.
  CaseRun(const Case& one, const TestBed& bed, Bundle bundle, std::unique_ptr<Listener> listener)
      : case_(one),
        bed_(bed),
        bundle_(std::move(bundle)),
        judge_(bundle_),
        listener_(std::move(listener)) {}
  CaseRun(const CaseRun&) = delete;
  CaseRun& operator=(const CaseRun&) = delete;
  ~CaseRun() { clean_up(); }

  std::vector<std::string> run();

 private:
  using Take = void (CaseRun::*)(const Step& step);

  void create(const Step& step);
  void exec(const Step& step);
  void command(const Step& step);
  void kill(const Step& step);
  void observe_first(const Step& step);
  void end(const Step& step);
  void take(const Step& step);
  void check_hooks();
  void say_that_none_failed();
  void clean_up();

  std::vector<std::string> words(std::string_view command, const Step& step) const;
  std::optional<CommandEnd> ran(const CommandLine& line);
  void judge_end(const Step& step, const CommandEnd& end, const std::string& output);
  void begin(const Step& step, std::vector<std::string> line, Session& session,
             const std::string& pid_file);
  void look(std::string_view what, Session& session, const std::optional<JsonValue>& inside,
            const std::optional<JsonValue>& outside);
  [[nodiscard]] std::optional<oci_config::JsonDocument> askable(const JsonValue& outside) const;
  [[nodiscard]] std::string file(std::string_view name) const {
    return cat(bundle_.place.directory, '/', name);
  }
  [[nodiscard]] std::string id_of(const Step& step) const {
    return step.id.empty() ? bundle_.place.id : bundle_.filled(step.id);
  }

  const Case& case_;
  const TestBed& bed_;
  Bundle bundle_;
  Judge judge_;
  std::unique_ptr<Listener> listener_;
  std::optional<Session> first_;
  std::vector<Session> others_;  // processes of exec
  std::set<std::string> made_;   // ids that create was called for
  bool a_command_failed_ = false;
};

// The runtime's state is the case's own, and not its only directory: crun removes what lies above
// it when the id is "..".
std::vector<std::string> CaseRun::words(std::string_view command, const Step& step) const {
  std::vector<std::string> line = {bed_.runtime, "--root", file("state/root"),
                                   std::string(command)};
  for (const std::string& word : step.words) line.push_back(bundle_.filled(word));
  return line;
}

std::optional<CommandEnd> CaseRun::ran(const CommandLine& line) {
  auto end = run_command(line);
  if (end) return std::move(*end);
  judge_.say(end.error().sentence());
  return std::nullopt;
}

// {"exit": 0, "errors": "…", "output": "…", "state": {…}}
std::string as_json(const CommandEnd& end, const std::string& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("exit", end.exit_code);
  json.member("errors", end.errors);
  json.member("output", output);
  const auto state = oci_config::JsonDocument::parse(output, {});
  if (state) json.member_raw("state", output);
  json.end_object();
  return json.take();
}

void CaseRun::judge_end(const Step& step, const CommandEnd& end, const std::string& output) {
  const std::string what(name_of(step.kind));
  const bool failed = end.exit_code != 0;
  a_command_failed_ = a_command_failed_ || failed;
  if (end.hung) return judge_.say(cat(what, " did not end within the bound, and was killed"));
  if (step.gives) judge_.compare(what, *step.gives, as_json(end, output));
  if (!case_.starts) return;
  if (step.fails && !failed) judge_.say(cat(what, " must fail, but its exit code is 0"));
  const bool told = step.fails || (step.gives && step.gives->child("exit"));
  if (failed && !told) {
    judge_.say(cat(what, ": exit code ", end.exit_code, ": ", squeezed(end.errors)));
  }
}

void CaseRun::begin(const Step& step, std::vector<std::string> line, Session& session,
                    const std::string& pid_file) {
  const auto end = ran({.words = std::move(line),
                        .directory = bundle_.place.directory,
                        .input = session.input(),
                        .output = session.output(),
                        .errors = file("errors"),
                        .descriptors = step.descriptors});
  session.let_go();
  const auto pid = base::parse_decimal(squeezed(read_proc_file(pid_file).value_or("")));
  session.process = static_cast<pid_t>(pid.value_or(0));
  if (end) judge_end(step, *end, "");
}

void CaseRun::create(const Step& step) {
  if (step.config) {
    const auto changed = change_config(bundle_, *step.config);
    if (!changed) return judge_.say(changed.error().sentence());
  }
  auto session = Session::open();
  if (!session) return judge_.say(session.error().sentence());
  const std::string id = id_of(step);
  std::vector<std::string> line = words("create", step);
  const std::string pid_file = file(cat("pid-", others_.size(), first_ ? "-later" : ""));
  for (const std::string& word : {std::string("--bundle"), bundle_.place.directory,
                                  std::string("--pid-file"), pid_file, id}) {
    line.push_back(word);
  }
  const bool again = !made_.emplace(id).second;  // it is there, and this one must fail
  begin(step, std::move(line), *session, pid_file);
  if (again) return others_.push_back(std::move(*session));
  if (first_) others_.push_back(std::move(*first_));
  first_ = std::move(*session);
}

void CaseRun::exec(const Step& step) {
  auto session = Session::open();
  if (!session) return judge_.say(session.error().sentence());
  const std::string number = cat(others_.size());
  const auto process =
      write_process(bundle_, cat("process-", number, ".json"), step.process, step.inside);
  if (!process) return judge_.say(process.error().sentence());
  std::vector<std::string> line = words("exec", step);
  const std::string pid_file = file(cat("exec-pid-", number));
  for (const std::string& word : {std::string("--detach"), std::string("--pid-file"), pid_file,
                                  std::string("--process"), *process, id_of(step)}) {
    line.push_back(word);
  }
  begin(step, std::move(line), *session, pid_file);
  if (!step.fails) look("exec", *session, step.inside, step.outside);
  others_.push_back(std::move(*session));
}

void CaseRun::command(const Step& step) {
  std::vector<std::string> line = words(name_of(step.kind), step);
  line.push_back(id_of(step));
  const std::string name = file("output");
  const base::UniqueFd output(::open(name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const auto end = ran({.words = std::move(line),
                        .directory = bundle_.place.directory,
                        .output = output.get(),
                        .errors = file("errors")});
  if (end) judge_end(step, *end, read_proc_file(name).value_or(""));
  if (end && end->exit_code == 0 && step.kind == StepKind::remove) made_.erase(id_of(step));
}

// The signal stands behind the id.
void CaseRun::kill(const Step& step) {
  std::vector<std::string> line = words("kill", {});
  line.push_back(id_of(step));
  for (const std::string& word : step.words) line.push_back(word);
  const auto end = ran(
      {.words = std::move(line), .directory = bundle_.place.directory, .errors = file("errors")});
  if (end) judge_end(step, *end, "");
}

// Who is not root may not read filters; what a probe sees of them stands for them then.
std::optional<oci_config::JsonDocument> CaseRun::askable(const JsonValue& outside) const {
  if (!bed_.rootless || !outside.member("filters")) return std::nullopt;
  auto document = oci_config::JsonDocument::parse(std::string(outside.raw()), {});
  if (!document) return std::nullopt;
  const auto text =
      oci_config::apply(*document, {.operations = {oci_config::RemoveMember{"/filters"}}});
  auto rest = oci_config::JsonDocument::parse(text.value_or("{}"), {});
  return rest ? std::optional(std::move(*rest)) : std::nullopt;
}

void CaseRun::look(std::string_view what, Session& session, const std::optional<JsonValue>& inside,
                   const std::optional<JsonValue>& outside) {
  const auto report = session.report(kReportBound_ms);
  if (!report && (inside || outside)) {
    return judge_.say(cat(what, ": the process did not report; ",
                          squeezed(read_proc_file(file("errors")).value_or(""))));
  }
  if (inside) judge_.compare_inside(cat(what, ", inside"), *inside, *report);
  if (!outside) return;
  const auto document = askable(*outside);
  const JsonValue wanted = document ? document->root() : *outside;
  const auto seen = observe({session.process, bundle_, bed_.holder}, wanted);
  if (!seen) return judge_.say(cat(what, ": ", seen.error().sentence()));
  judge_.compare(cat(what, ", outside"), wanted, *seen);
}

void CaseRun::observe_first(const Step& step) {
  if (!first_) return;
  look("start", *first_, step.inside ? step.inside : case_.inside,
       step.outside ? step.outside : case_.outside);
}

void CaseRun::end(const Step& step) {
  if (!first_ || first_->process == 0) return judge_.say("end: no process is known to wait for");
  first_->end_input();
  const int code = wait_for_end(first_->process, kEndBound_ms);
  if (code < 0) return judge_.say("end: the container's first process does not end");
  first_->process = 0;
  if (step.gives) judge_.compare("end", *step.gives, cat("{\"exit\": ", code, "}"));
}

void CaseRun::take(const Step& step) {
  switch (step.kind) {
    case StepKind::create: return create(step);
    case StepKind::exec: return exec(step);
    case StepKind::kill: return kill(step);
    case StepKind::start:
    case StepKind::state:
    case StepKind::remove: return command(step);
    case StepKind::observe: return observe_first(step);
    case StepKind::end: return end(step);
  }
}

// A line each, in the order in which they ran.
void CaseRun::check_hooks() {
  std::string list = "[";
  for (const char letter : read_proc_file(bundle_.hook_reports()).value_or("")) {
    list += letter == '\n' ? ',' : letter;
  }
  if (list.ends_with(',')) list.pop_back();
  judge_.compare("hooks", *case_.hooks, list + "]");
}

void CaseRun::say_that_none_failed() {
  constexpr int kBound_ms = 500;
  const bool ran = first_ && first_->report(kBound_ms);
  judge_.say(cat("create or start must fail, but both exit codes are 0; the program ",
                 ran ? "runs" : "did not run"));
}

std::vector<std::string> CaseRun::run() {
  for (const Step& step : case_.steps) {
    take(step);
    if (!judge_.content() || (!case_.starts && a_command_failed_)) break;
  }
  if (!case_.starts && judge_.content() && !a_command_failed_) say_that_none_failed();
  if (case_.hooks && judge_.content()) check_hooks();
  if (listener_ && judge_.content()) {
    judge_.compare("listener", *case_.listener->gives, listener_->report());
  }
  return judge_.take();
}

void make_end(Session& session, int bound_ms) {
  session.end_input();
  if (session.process <= 0) return;
  ::kill(session.process, SIGKILL);
  (void)wait_for_end(session.process, bound_ms);
}

// Those of exec first: until they are reaped the first process of their pid namespace cannot end.
// One that is not known (crun writes no pid file when exec fails) is reaped after this program.
void CaseRun::clean_up() {
  constexpr int kShort_ms = 300;
  const bool known = std::ranges::all_of(others_, [](const Session& s) { return s.process > 0; });
  for (Session& session : others_) make_end(session, kEndBound_ms);
  for (const std::string& id : made_) {
    Step step{.kind = StepKind::remove, .words = {"--force"}, .id = id};
    std::vector<std::string> line = words("delete", step);
    line.push_back(id);
    (void)run_command({.words = std::move(line),
                       .directory = bundle_.place.directory,
                       .errors = file("errors-of-delete")});
  }
  if (first_) make_end(*first_, known ? kEndBound_ms : kShort_ms);
}

Verdict verdict_of(const Case& one, const std::vector<std::string>& reasons) {
  if (reasons.empty()) return Verdict::passed;
  return one.source.level == Level::must ? Verdict::failed : Verdict::different;
}

}  // namespace

Result<CaseResult> run_case(const Case& one, const CaseFiles& files, const TestBed& bed,
                            const std::string& id) {
  const std::string directory = cat(bed.directory, '/', one.name);
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);  // what an earlier run kept
  auto bundle = make_bundle(one, files,
                            {.directory = directory,
                             .id = id,
                             .probe = bed.probe,
                             .holder = bed.holder,
                             .rootless = bed.rootless});
  if (!bundle) return std::unexpected(std::move(bundle.error()));
  auto listener = listener_of(one, directory);
  if (!listener) return std::unexpected(std::move(listener.error()));
  CaseResult result{.name = one.name};
  result.reasons = CaseRun(one, bed, std::move(*bundle), std::move(*listener)).run();
  result.verdict = verdict_of(one, result.reasons);
  if (bed.keep && !result.reasons.empty()) {
    result.bundle = directory;
    result.command = cat(bed.runtime, " run --bundle ", directory, " conformance");
  } else {
    std::filesystem::remove_all(directory, ignored);
  }
  return result;
}

}  // namespace bulkhead::conformance
