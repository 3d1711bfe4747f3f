#include "cli/report/node_report.h"

#include <algorithm>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/report/controls.h"

namespace bulkhead::cli {

using base::cat;
using base::JsonWriter;

namespace {

std::uint64_t total(const std::vector<Counted>& rows) {
  std::uint64_t sum = 0;
  for (const Counted& row : rows) sum += row.count;
  return sum;
}

void write(const std::vector<StatusLine>& lines, JsonWriter& json) {
  json.begin_array("doors");
  for (const StatusLine& line : lines) {
    json.begin_object();
    json.member("subject", line.subject);
    json.member("light", line.light == Light::good   ? "good"
                         : line.light == Light::note ? "note"
                                                     : "bad");
    json.member("text", line.text);
    json.end_object();
  }
  json.end_array();
}

void write(const ReportedContainer& container, JsonWriter& json) {
  json.begin_object();
  json.member("container", container.name);
  json.member("engine", container.engine);
  json.member("image", container.image);
  json.member("privileged", container.privileged);
  json.member("seccomp", container.seccomp);
  json.member("apparmor", container.apparmor);
  json.member("no_new_privileges", container.no_new_privileges);
  json.member("state", container.state);
  json.member_if_any("proof", container.proof);
  json.member("time", container.time);
  json.member_if_any("seccomp_program_sha256", container.program);
  json.member_if_any("now", container.now);
  json.member_if_any("sentence", container.sentence);
  json.end_object();
}

void write(const Exemption& exemption, JsonWriter& json) {
  json.begin_object();
  json.member("rule", exemption.rule);
  json.member("whom", exemption.whom);
  json.member("what", exemption.what);
  json.member("because", exemption.because);
  json.strings("containers", exemption.containers);
  json.end_object();
}

void write(const Counted& row, JsonWriter& json) {
  json.begin_object();
  json.member("count", row.count);
  json.member("container", row.container);
  json.member("what", row.what);
  json.member_if_any("why", row.why);
  json.member("last", row.last);
  json.end_object();
}

void write(const ControlAnswer& answer, JsonWriter& json) {
  json.begin_object();
  json.member("source", answer.control->source);
  json.member("number", answer.control->number);
  json.member("title", answer.control->title);
  json.member("standing", name_of(answer.standing));
  json.member("evidence", answer.evidence);
  json.end_object();
}

void write_list(std::string_view key, const auto& rows, JsonWriter& json) {
  json.begin_array(key);
  for (const auto& row : rows) write(row, json);
  json.end_array();
}

}  // namespace

bool ReportedContainer::has_filter() const {
  return !seccomp.empty() && !seccomp.starts_with("unconfined") && seccomp != "unknown";
}

bool is_in_order(const NodeReport& report) {
  return report.mode == "enforce" && report.drift.empty() && report.unknown.empty() &&
         report.unrecorded.empty() && report.uncovered.empty() &&
         std::ranges::all_of(report.containers, &ReportedContainer::is_proved);
}

std::string summary_of(const NodeReport& report) {
  const auto proved = std::ranges::count_if(report.containers, &ReportedContainer::is_proved);
  return cat(proved, " of ", base::counted(report.containers.size(), "container"),
             " proved before the first instruction, ",
             base::counted(report.exemptions.size(), "exemption"), ", ",
             base::counted(total(report.refusals), "refusal"), ", ",
             base::counted(total(report.denials), "denial"), ", ",
             report.drift.empty() ? "no drift" : cat(report.drift.size(), " of drift"));
}

std::string report_json(const NodeReport& report) {
  JsonWriter json;
  json.begin_object();
  json.member("in_order", is_in_order(report));
  json.member("summary", summary_of(report));
  json.member("host", report.host);
  json.member("kernel", report.kernel);
  json.member("version", report.version);
  json.member("time", report.time);
  json.member_if_any("since", report.since);
  json.member("mode", report.mode);
  json.member("prove", report.prove);
  write(report.doors, json);
  json.strings("not_covered", report.not_covered);
  json.strings("uncovered", report.uncovered);
  json.strings("unrecorded", report.unrecorded);
  write_list("containers", report.containers, json);
  write_list("exemptions", report.exemptions, json);
  write_list("refusals", report.refusals, json);
  write_list("denials", report.denials, json);
  json.member("denials_recorded", report.denials_recorded.light == Light::good);
  json.strings("drift", report.drift);
  json.strings("unknown", report.unknown);
  write_list("controls", control_answers(report), json);
  json.end_object();
  return json.finish();
}

}  // namespace bulkhead::cli
