// A decision as one JSON object. docs/events.md and scripts rely on the names of its members.
#include "base/json_writer.h"
#include "cli/containers/explain_decision.h"
#include "policy/values/identity_json.h"

namespace bulkhead::cli {

namespace {

using base::JsonWriter;
using policy::Finding;
using policy::Plan;
using policy::PlannedAppArmor;
using policy::PlannedProcess;
using policy::PlannedSeccomp;
using policy::Reason;
using policy::Refusal;

void write(JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("severity", name_of(finding.severity));
  json.member("check", finding.check);
  json.member("pointer", finding.pointer);
  json.member("message", finding.message);
  json.member("remedy", finding.remedy);
  json.end_object();
}

void write(JsonWriter& json, const Reason& reason) {
  json.begin_object();
  json.member("subject", reason.subject);
  json.member("sentence", reason.sentence);
  json.member("because", reason.because);
  json.end_object();
}

void write(JsonWriter& json, const oci_config::EditOperation& operation) {
  json.begin_object();
  if (const auto* set = std::get_if<oci_config::SetMember>(&operation)) {
    json.member("op", "set");
    json.member("pointer", set->pointer);
    json.member_raw("value", set->json);
  } else {
    json.member("op", "remove");
    json.member("pointer", std::get<oci_config::RemoveMember>(operation).pointer);
  }
  json.end_object();
}

void write_list(JsonWriter& json, std::string_view key, const auto& values) {
  json.begin_array(key);
  for (const auto& value : values) write(json, value);
  json.end_array();
}

void write_profile(JsonWriter& json, std::string_view key,
                   const std::optional<oci_config::SeccompProfile>& profile) {
  json.member_raw(key, profile ? oci_config::to_oci_json(*profile) : "null");
}

void write_seccomp(JsonWriter& json, const PlannedSeccomp& seccomp) {
  json.begin_object("seccomp");
  json.member("source", seccomp.source.text());
  json.member("path", seccomp.source_path);
  json.member("sha256", seccomp.source_sha256);
  write_profile(json, "profile", seccomp.profile);
  json.member("clamped", seccomp.clamped);
  write_profile(json, "stacked", seccomp.stacked);
  json.end_object();
}

void write_apparmor(JsonWriter& json, const PlannedAppArmor& apparmor) {
  json.begin_object("apparmor");
  json.member("available", apparmor.available);
  json.member("source", apparmor.source.text());
  json.member("label", apparmor.label);
  json.member("load", apparmor.load);
  json.member("complain_accepted", apparmor.complain_accepted);
  json.end_object();
}

void write_process(JsonWriter& json, const PlannedProcess& process) {
  json.begin_object("process");
  json.member("no_new_privileges", process.no_new_privileges);
  json.strings("bounding", oci_config::capability_names(process.capabilities.bounding));
  json.end_object();
}

void write_plan(JsonWriter& json, const Plan& plan) {
  json.member("mode", name_of(plan.mode));
  json.member("prove", name_of(plan.prove));
  write_seccomp(json, plan.seccomp);
  write_apparmor(json, plan.apparmor);
  write_process(json, plan.process);
  write_list(json, "edit", plan.edit.operations);
  write_list(json, "withheld_edit", plan.withheld_edit.operations);
  write_list(json, "reasons", plan.reasons);
  write_list(json, "findings", plan.findings);
  if (plan.cannot_start) json.member("cannot_start", true);
  if (!plan.would_refuse) return;
  json.member("would_refuse", plan.would_refuse->sentence());
  write_list(json, "would_refuse_reasons", plan.would_refuse->reasons);
}

void write_refusal(JsonWriter& json, const Refusal& refusal) {
  json.member("sentence", refusal.sentence());
  write_list(json, "reasons", refusal.reasons);
}

std::string_view outcome_of(const policy::Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr) return "refused";
  if (plan->mode == policy::Mode::observe) return "observed";
  return plan->edit.empty() ? "admitted" : "changed";
}

}  // namespace

std::string explain_json(const policy::Decision& decision, const policy::Identity& identity) {
  JsonWriter json;
  json.begin_object();
  json.member("outcome", outcome_of(decision));
  json.begin_object("identity");
  policy::write_whole_identity(json, identity);
  json.end_object();
  if (const auto* plan = std::get_if<Plan>(&decision))
    write_plan(json, *plan);
  else
    write_refusal(json, std::get<Refusal>(decision));
  json.end_object();
  return json.take();
}

}  // namespace bulkhead::cli
