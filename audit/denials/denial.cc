#include "audit/denials/denial.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "oci-config/json.h"
#include "policy/filter/filter.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonValue;
using oci_config::SeccompAction;

struct TextField {
  std::string_view key;
  std::string Denial::*member;
};
constexpr std::array<TextField, 17> kTexts = {{
    {"time", &Denial::time},
    {"cgroup", &Denial::cgroup},
    {"comm", &Denial::comm},
    {"exe", &Denial::exe},
    {"syscall", &Denial::syscall},
    {"arch", &Denial::arch},
    {"operation", &Denial::operation},
    {"path", &Denial::path},
    {"requested", &Denial::requested},
    {"denied", &Denial::denied},
    {"object", &Denial::object},
    {"info", &Denial::info},
    {"action", &Denial::action},
    {"profile", &Denial::profile},
    {"cause", &Denial::cause},
    {"remedy", &Denial::remedy},
    {"caution", &Denial::caution},
}};
constexpr std::array<TextField, 2> kLastTexts = {
    {{"last", &Denial::last}, {"message", &Denial::message}}};

struct IdentityField {
  std::string_view key;
  std::string policy::Identity::*member;
};
// The names that events.jsonl uses.
constexpr std::array<IdentityField, 6> kIdentity = {{{"id", &policy::Identity::id},
                                                     {"namespace", &policy::Identity::namespace_},
                                                     {"pod", &policy::Identity::pod},
                                                     {"pod_uid", &policy::Identity::pod_uid},
                                                     {"container", &policy::Identity::container},
                                                     {"image", &policy::Identity::image}}};

constexpr std::array kKinds = {DenialKind::seccomp, DenialKind::apparmor, DenialKind::overflow,
                               DenialKind::loss};
constexpr std::array kNamings = {Naming::named, Naming::no_container, Naming::gone};
constexpr std::array kEngines = {policy::Engine::unknown, policy::Engine::containerd,
                                 policy::Engine::crio, policy::Engine::podman,
                                 policy::Engine::docker};

std::string_view name_of(Naming naming) {
  switch (naming) {
    case Naming::named: return "named";
    case Naming::no_container: return "no container";
    case Naming::gone: return "gone";
  }
  return "gone";
}

// ---- writing ------------------------------------------------------------------------------------

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  out += cat("\"", key, "\":");
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  append_key(out, key);
  if (!text.contains('\0')) return base::append_json_string(out, text);
  // A NUL in a document is refused by our own reader (oci-config/json.h): what is no text is
  // U+FFFD.
  std::string without_nul;
  for (const char byte : text) byte == '\0' ? without_nul += "\xef\xbf\xbd" : without_nul += byte;
  base::append_json_string(out, without_nul);
}

void append_number(std::string& out, std::string_view key, std::uint64_t number) {
  append_key(out, key);
  out += cat(number);
}

bool has_process(const Denial& denial) {
  return denial.kind == DenialKind::seccomp || denial.kind == DenialKind::apparmor;
}

void append_identity(std::string& out, const Denial& denial) {
  if (denial.naming == Naming::named) {
    append_text(out, "engine", policy::name_of(denial.identity.engine));
    for (const auto& field : kIdentity) append_text(out, field.key, denial.identity.*field.member);
  } else if (denial.kind != DenialKind::loss) {
    append_text(out, "unnamed", name_of(denial.naming));
  }
}

// ---- reading ------------------------------------------------------------------------------------

template <class Number>
void take_number(const JsonValue& object, std::string_view key, Number& into) {
  const auto member = object.member(key);
  const auto number = member ? member->read_unsigned() : base::Result<std::uint64_t>(0);
  if (member && number) into = static_cast<Number>(*number);
}

std::string text_of(const JsonValue& object, std::string_view key) {
  const auto member = object.member(key);
  return member && member->is(oci_config::JsonType::string) ? std::string(member->string())
                                                            : std::string();
}

template <class Enum, std::size_t N>
bool take_name(std::string_view name, const std::array<Enum, N>& values, Enum& into) {
  for (const Enum value : values) {
    if (name_of(value) != name) continue;
    into = value;
    return true;
  }
  return false;
}

void take_identity(const JsonValue& object, Denial& denial) {
  denial.naming = Naming::named;
  if (const std::string why = text_of(object, "unnamed"); !why.empty()) {
    denial.naming = Naming::gone;
    (void)take_name(why, kNamings, denial.naming);
  }
  (void)take_name(text_of(object, "engine"), kEngines, denial.identity.engine);
  for (const auto& field : kIdentity) denial.identity.*field.member = text_of(object, field.key);
}

// ---- from a record ------------------------------------------------------------------------------

std::string action_text(std::uint32_t code) {
  const auto answer = policy::answer_of_return_value(code);
  std::string_view name = oci_config::name_of(answer.action);
  constexpr std::string_view kPrefix = "SCMP_ACT_";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return std::string(name);
}

void tell(Denial& denial, const SeccompFacts& facts, const std::string& subject) {
  denial.kind = DenialKind::seccomp;
  denial.syscall = policy::call_name(facts.arch, facts.nr);
  denial.nr = facts.nr;
  denial.arch = policy::arch_name(facts.arch, facts.nr);
  denial.action = action_text(facts.code);
  denial.would = policy::answer_of_return_value(facts.code).action == SeccompAction::log;
  denial.profile = subject;
}

std::string object_of(const AppArmorFacts& facts) {
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
  return base::join(parts, ", ");
}

void tell(Denial& denial, const AppArmorFacts& facts) {
  denial.kind = DenialKind::apparmor;
  denial.operation = facts.operation;
  denial.path = facts.name;
  denial.requested = facts.requested;
  denial.denied = facts.denied;
  denial.object = object_of(facts);
  denial.info = facts.info;
  denial.action = facts.allowed ? "ALLOWED" : "DENIED";
  denial.would = facts.allowed;
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

// Not gmtime_r: glibc reads /etc/localtime before it computes UTC.
std::string utc_time(std::uint64_t seconds, std::uint32_t milliseconds) {
  using namespace std::chrono;
  constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999
  const sys_seconds instant{std::chrono::seconds(std::min(seconds, kLastSecond))};
  const auto today = floor<days>(instant);
  const year_month_day date(today);
  const hh_mm_ss time(instant - today);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03uZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()), milliseconds % 1000);
  return text;
}

Denial denial_of(const KernelDenial& record) {
  Denial denial{.time = utc_time(record.stamp.seconds, record.stamp.milliseconds),
                .serial = record.stamp.serial,
                .pid = record.pid,
                .comm = record.comm,
                .exe = record.exe,
                .uid = record.uid};
  if (const auto* seccomp = std::get_if<SeccompFacts>(&record.facts)) {
    tell(denial, *seccomp, record.subject);
  } else {
    tell(denial, std::get<AppArmorFacts>(record.facts));
  }
  return denial;
}

std::string to_json(const Denial& denial) {
  std::string out = "{";
  out.reserve(512);
  append_text(out, "kind", name_of(denial.kind));
  append_identity(out, denial);
  if (has_process(denial)) {
    append_number(out, "serial", denial.serial);
    append_number(out, "pid", static_cast<std::uint64_t>(denial.pid));
  }
  if (denial.uid) append_number(out, "uid", *denial.uid);
  if (denial.kind == DenialKind::seccomp) append_number(out, "nr", denial.nr);
  for (const auto& field : kTexts) append_text(out, field.key, denial.*field.member);
  if (denial.would) {
    append_key(out, "would");
    out += "true";
  }
  append_number(out, "count", denial.count);
  for (const auto& field : kLastTexts) append_text(out, field.key, denial.*field.member);
  return out += '}';
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
  if (!take_name(text_of(object, "kind"), kKinds, denial.kind)) {
    return object.error("no kind that is known");
  }
  take_identity(object, denial);
  for (const auto& field : kTexts) denial.*field.member = text_of(object, field.key);
  for (const auto& field : kLastTexts) denial.*field.member = text_of(object, field.key);
  take_number(object, "serial", denial.serial);
  take_number(object, "pid", denial.pid);
  take_number(object, "nr", denial.nr);
  take_number(object, "count", denial.count);
  if (object.member("uid")) take_number(object, "uid", denial.uid.emplace());
  const auto would = object.member("would");
  denial.would = would && would->is(oci_config::JsonType::boolean) && would->boolean();
  return denial;
}

}  // namespace bulkhead::audit
