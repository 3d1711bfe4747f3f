// A decision as one JSON object. docs/events.md and scripts rely on the names of its members.
#include <concepts>

#include "base/text.h"
#include "policy/decide/decide.h"

namespace bulkhead::policy {

namespace {

// Writes one object; members appear in the order of the calls.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void member(std::string_view key, std::string_view value) {
    open(key);
    base::append_json_string(out_, value);
  }
  void member(std::string_view key, std::same_as<bool> auto value) {
    open(key);
    out_ += value ? "true" : "false";
  }
  // For members that are written by hand; their JSON must follow.
  std::string& open(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    base::append_json_string(out_, key);
    out_ += ':';
    return out_;
  }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class T, class Write>
void write_array(std::string& out, const std::vector<T>& values, Write write) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    write(out, values[i]);
  }
  out += ']';
}

void write_finding(std::string& out, const Finding& finding) {
  ObjectWriter object(out);
  object.member("severity", name_of(finding.severity));
  object.member("check", finding.check);
  object.member("pointer", finding.pointer);
  object.member("message", finding.message);
  object.member("remedy", finding.remedy);
  object.close();
}

void write_reason(std::string& out, const Reason& reason) {
  ObjectWriter object(out);
  object.member("subject", reason.subject);
  object.member("sentence", reason.sentence);
  object.member("because", reason.because);
  object.close();
}

void write_operation(std::string& out, const oci_config::EditOperation& operation) {
  ObjectWriter object(out);
  if (const auto* set = std::get_if<oci_config::SetMember>(&operation)) {
    object.member("op", "set");
    object.member("pointer", set->pointer);
    object.open("value") += set->json;
  } else {
    object.member("op", "remove");
    object.member("pointer", std::get<oci_config::RemoveMember>(operation).pointer);
  }
  object.close();
}

void write_identity(std::string& out, const Identity& identity) {
  ObjectWriter object(out);
  object.member("engine", name_of(identity.engine));
  object.member("kind", identity.kind == ContainerKind::sandbox ? "sandbox" : "container");
  object.member("id", identity.id);
  object.member("namespace", identity.namespace_);
  object.member("pod", identity.pod);
  object.member("pod_uid", identity.pod_uid);
  object.member("container", identity.container);
  object.member("image", identity.image);
  object.member("privileged", identity.privileged);
  object.member("doubt", identity.doubt);
  object.close();
}

void write_seccomp(std::string& out, const PlannedSeccomp& seccomp) {
  ObjectWriter object(out);
  object.member("source", seccomp.source.text());
  object.member("path", seccomp.source_path);
  object.member("sha256", seccomp.source_sha256);
  auto& profile = object.open("profile");
  profile += seccomp.profile ? oci_config::to_oci_json(*seccomp.profile) : "null";
  object.member("clamped", seccomp.clamped);
  object.open("stacked") += seccomp.stacked ? oci_config::to_oci_json(*seccomp.stacked) : "null";
  object.close();
}

void write_apparmor(std::string& out, const PlannedAppArmor& apparmor) {
  ObjectWriter object(out);
  object.member("available", apparmor.available);
  object.member("source", apparmor.source.text());
  object.member("label", apparmor.label);
  object.member("load", apparmor.load);
  object.member("complain_accepted", apparmor.complain_accepted);
  object.close();
}

void write_process(std::string& out, const PlannedProcess& process) {
  ObjectWriter object(out);
  object.member("no_new_privileges", process.no_new_privileges);
  write_array(object.open("bounding"), oci_config::capability_names(process.capabilities.bounding),
              [](std::string& to, const std::string& name) { base::append_json_string(to, name); });
  object.close();
}

void write_plan(ObjectWriter& object, const Plan& plan) {
  object.member("mode", name_of(plan.mode));
  object.member("prove", name_of(plan.prove));
  write_seccomp(object.open("seccomp"), plan.seccomp);
  write_apparmor(object.open("apparmor"), plan.apparmor);
  write_process(object.open("process"), plan.process);
  write_array(object.open("edit"), plan.edit.operations, write_operation);
  write_array(object.open("withheld_edit"), plan.withheld_edit.operations, write_operation);
  write_array(object.open("reasons"), plan.reasons, write_reason);
  write_array(object.open("findings"), plan.findings, write_finding);
  if (!plan.would_refuse) return;
  object.member("would_refuse", plan.would_refuse->sentence());
  write_array(object.open("would_refuse_reasons"), plan.would_refuse->reasons, write_finding);
}

void write_refusal(ObjectWriter& object, const Refusal& refusal) {
  object.member("sentence", refusal.sentence());
  write_array(object.open("reasons"), refusal.reasons, write_finding);
}

std::string_view outcome_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr) return "refused";
  if (plan->mode == Mode::observe) return "observed";
  return plan->edit.empty() ? "admitted" : "changed";
}

}  // namespace

std::string explain_json(const Decision& decision, const Identity& identity) {
  std::string json;
  ObjectWriter object(json);
  object.member("outcome", outcome_of(decision));
  write_identity(object.open("identity"), identity);
  if (const auto* plan = std::get_if<Plan>(&decision))
    write_plan(object, *plan);
  else
    write_refusal(object, std::get<Refusal>(decision));
  object.close();
  return json;
}

}  // namespace bulkhead::policy
