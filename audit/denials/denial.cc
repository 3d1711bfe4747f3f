#include "audit/denials/denial.h"

#include <array>
#include <utility>

#include "audit/events/take_member.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "oci-config/json.h"
#include "policy/filter/filter.h"
#include "policy/syscalls/call_names.h"
#include "policy/values/identity_json.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using base::JsonWriter;
using base::Result;
using oci_config::JsonValue;
using oci_config::SeccompAction;

struct TextField {
  std::string_view key;
  std::string Denial::*member;
};
constexpr std::array<TextField, 19> kTexts = {{
    {"time", &Denial::time},       {"name", &Denial::name},
    {"cgroup", &Denial::cgroup},   {"comm", &Denial::comm},
    {"exe", &Denial::exe},         {"syscall", &Denial::syscall},
    {"arch", &Denial::arch},       {"operation", &Denial::operation},
    {"path", &Denial::path},       {"requested", &Denial::requested},
    {"denied", &Denial::denied},   {"object", &Denial::object},
    {"info", &Denial::info},       {"action", &Denial::action},
    {"profile", &Denial::profile}, {"seccomp", &Denial::seccomp},
    {"cause", &Denial::cause},     {"remedy", &Denial::remedy},
    {"caution", &Denial::caution},
}};
constexpr std::array<TextField, 2> kLastTexts = {
    {{"last", &Denial::last}, {"message", &Denial::message}}};

constexpr std::array kKinds = {DenialKind::seccomp, DenialKind::apparmor, DenialKind::overflow,
                               DenialKind::loss};
constexpr std::array kNamings = {Naming::named, Naming::no_container, Naming::gone};

// ---- writing ------------------------------------------------------------------------------------

// A NUL in a document is refused by our own reader (oci-config/json.h): what is no text is U+FFFD.
std::string without_nul(std::string_view text) {
  std::string out;
  for (const char byte : text) byte == '\0' ? out += "\xef\xbf\xbd" : out += byte;
  return out;
}

template <std::size_t N>
void write_texts(JsonWriter& json, const Denial& denial, const std::array<TextField, N>& fields) {
  for (const auto& [key, member] : fields) {
    const std::string& text = denial.*member;
    json.member_if_any(key, text.contains('\0') ? without_nul(text) : text);
  }
}

void write_identity(JsonWriter& json, const Denial& denial) {
  if (denial.naming == Naming::named) {
    const std::size_t omitted = policy::write_identity(json, denial.identity);
    if (omitted > 0) json.member("omitted", omitted);
  } else if (denial.kind != DenialKind::loss) {
    json.member("unnamed", name_of(denial.naming));
  }
}

void write_numbers(JsonWriter& json, const Denial& denial) {
  if (denial.kind == DenialKind::seccomp || denial.kind == DenialKind::apparmor) {
    json.member("serial", denial.serial);
    json.member("pid", denial.pid);
  }
  if (denial.uid) json.member("uid", *denial.uid);
  if (denial.kind == DenialKind::seccomp) json.member("nr", denial.nr);
}

// ---- reading ------------------------------------------------------------------------------------

template <class Number>
void take_if_number(const JsonValue& object, std::string_view key, Number& into) {
  const auto member = object.member(key);
  const auto number = member ? member->read_unsigned() : base::Result<std::uint64_t>(0);
  if (member && number) into = static_cast<Number>(*number);
}

std::string text_of(const JsonValue& object, std::string_view key) {
  const auto member = object.member(key);
  return member && member->is(oci_config::JsonType::string) ? std::string(member->string())
                                                            : std::string();
}

void take_identity(const JsonValue& object, Denial& denial) {
  const std::string unnamed = text_of(object, "unnamed");
  denial.naming =
      unnamed.empty() ? Naming::named : value_named(unnamed, kNamings).value_or(Naming::gone);
  denial.identity.engine =
      value_named(text_of(object, "engine"), policy::kEngines).value_or(policy::Engine::unknown);
  for (const auto& [key, member] : policy::kIdentityTexts) {
    denial.identity.*member = text_of(object, key);
  }
}

// ---- from a record ------------------------------------------------------------------------------

std::string action_text(std::uint32_t code) {
  const auto answer = policy::answer_of_return_value(code);
  std::string_view name = oci_config::name_of(answer.action);
  constexpr std::string_view kPrefix = "SCMP_ACT_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return std::string(name);
}

void tell(Denial& denial, const SeccompRecord& facts, const std::string& subject) {
  denial.kind = DenialKind::seccomp;
  denial.syscall = policy::call_name(facts.arch, facts.nr);
  denial.nr = facts.nr;
  denial.arch = policy::arch_name(facts.arch, facts.nr);
  denial.action = action_text(facts.code);
  denial.would = policy::answer_of_return_value(facts.code).action == SeccompAction::log;
  denial.profile = subject;
}

std::string object_of(const AppArmorRecord& facts) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view what, std::string_view value) {
    if (!value.empty()) parts.push_back(cat(what, ' ', value));
  };
  add("capability", facts.capability);
  add("network", facts.family);
  add("type", facts.socket_type);
  add("signal", facts.signal);
  add("fstype", facts.filesystem);
  add("source", facts.source);
  add("flags", facts.flags);
  add("target", facts.target);
  add("peer", facts.peer);
  add("peer address", facts.peer_address);
  return base::join(parts, ", ");
}

std::string_view name_of(AppArmorVerdict verdict) {
  switch (verdict) {
    case AppArmorVerdict::denied: return "DENIED";
    case AppArmorVerdict::allowed: return "ALLOWED";
    case AppArmorVerdict::killed: return "KILLED";
  }
  return "DENIED";
}

void tell(Denial& denial, const AppArmorRecord& facts) {
  denial.kind = DenialKind::apparmor;
  denial.operation = facts.operation;
  denial.path = facts.name;
  denial.requested = facts.requested;
  denial.denied = facts.denied;
  denial.object = object_of(facts);
  denial.info = facts.info;
  denial.action = name_of(facts.verdict);
  denial.would = facts.verdict == AppArmorVerdict::allowed;
  denial.profile = facts.profile;
}

}  // namespace

std::string_view name_of(DenialKind kind) {
  switch (kind) {
    case DenialKind::seccomp: return "seccomp";
    case DenialKind::apparmor: return "apparmor";
    case DenialKind::overflow: return "overflow";
    case DenialKind::loss: return "loss";
  }
  return "loss";
}

std::string_view name_of(Naming naming) {
  switch (naming) {
    case Naming::named: return "named";
    case Naming::no_container: return "no container";
    case Naming::gone: return "gone";
  }
  return "gone";
}

Denial denial_of(const KernelDenial& record) {
  Denial denial{.time = base::utc_time(record.stamp.seconds, record.stamp.milliseconds),
                .serial = record.stamp.serial,
                .pid = record.pid,
                .comm = record.comm,
                .exe = record.exe,
                .uid = record.uid};
  if (const auto* seccomp = std::get_if<SeccompRecord>(&record.facts)) {
    tell(denial, *seccomp, record.subject);
  } else {
    tell(denial, std::get<AppArmorRecord>(record.facts));
  }
  return denial;
}

std::string to_json(const Denial& denial) {
  JsonWriter json;
  json.reserve(512);
  json.begin_object();
  json.member("kind", name_of(denial.kind));
  write_identity(json, denial);
  write_numbers(json, denial);
  write_texts(json, denial, kTexts);
  if (denial.would) json.member("would", true);
  json.member("count", denial.count);
  write_texts(json, denial, kLastTexts);
  json.end_object();
  return json.take();
}

Result<Denial> parse_denial(std::string line) {
  const auto document =
      oci_config::JsonDocument::parse(std::move(line), {.described = "denials.jsonl"});
  if (!document) return std::unexpected(document.error());
  const JsonValue object = document->root();
  if (auto expected = object.expect(oci_config::JsonType::object); !expected) {
    return std::unexpected(expected.error());
  }
  Denial denial;
  const auto kind = value_named(text_of(object, "kind"), kKinds);
  if (!kind) return object.error("no kind that is known");
  denial.kind = *kind;
  take_identity(object, denial);
  for (const auto& field : kTexts) denial.*field.member = text_of(object, field.key);
  for (const auto& field : kLastTexts) denial.*field.member = text_of(object, field.key);
  take_if_number(object, "serial", denial.serial);
  take_if_number(object, "pid", denial.pid);
  take_if_number(object, "nr", denial.nr);
  take_if_number(object, "count", denial.count);
  if (object.member("uid")) take_if_number(object, "uid", denial.uid.emplace());
  const auto would = object.member("would");
  denial.would = would && would->is(oci_config::JsonType::boolean) && would->boolean();
  return denial;
}

}  // namespace bulkhead::audit
