#include "audit/records/record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/events/take_member.h"
#include "base/sha256.h"
#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::audit {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::quoted;
using base::Result;
using oci_config::JsonValue;

namespace {

constexpr std::uint64_t kFormatVersion = 1;
constexpr std::size_t kMaxPlainIdBytes = 200;

template <class Owner, class Value>
struct Field {
  std::string_view key;
  Value Owner::*member;
};

constexpr std::array<Field<policy::Identity, std::string>, 6> kIdentityFields = {{
    {"id", &policy::Identity::id},
    {"namespace", &policy::Identity::namespace_},
    {"pod", &policy::Identity::pod},
    {"pod_uid", &policy::Identity::pod_uid},
    {"container", &policy::Identity::container},
    {"image", &policy::Identity::image},
}};

constexpr std::array<Field<ContainerRecord, std::string>, 11> kTextFields = {{
    {"time", &ContainerRecord::time},
    {"created", &ContainerRecord::created},
    {"source", &ContainerRecord::source},
    {"bundle", &ContainerRecord::bundle},
    {"cgroup", &ContainerRecord::cgroup},
    {"seccomp", &ContainerRecord::seccomp},
    {"seccomp_profile_sha256", &ContainerRecord::seccomp_profile_sha256},
    {"seccomp_program_sha256", &ContainerRecord::seccomp_program_sha256},
    {"seccomp_proof", &ContainerRecord::seccomp_proof},
    {"apparmor", &ContainerRecord::apparmor},
    {"message", &ContainerRecord::message},
}};

constexpr std::array<Field<ContainerRecord, std::uint64_t>, 2> kCountFields = {{
    {"start_time", &ContainerRecord::start_time},
    {"stopped_us", &ContainerRecord::stopped_us},
}};

constexpr std::array<Field<ContainerRecord, pid_t>, 2> kPidFields = {{
    {"pid", &ContainerRecord::pid},
    {"gate_pid", &ContainerRecord::gate_pid},
}};

constexpr std::array<Field<RecordedReason, std::string>, 3> kReasonFields = {{
    {"subject", &RecordedReason::subject},
    {"sentence", &RecordedReason::sentence},
    {"because", &RecordedReason::because},
}};

constexpr std::array kStates = {RecordState::held, RecordState::proved, RecordState::installed,
                                RecordState::observed, RecordState::unproved};
constexpr std::array kEngines = {policy::Engine::unknown, policy::Engine::containerd,
                                 policy::Engine::crio, policy::Engine::podman,
                                 policy::Engine::docker};

// ---- writing ------------------------------------------------------------------------------------

void append_key(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  base::append_json_string(out, key);
  out += ':';
}

// An empty text is left out: a record says only what is known.
void append_text(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  append_key(out, key);
  base::append_json_string(out, value);
}

template <class Number>
void append_number(std::string& out, std::string_view key, Number value) {
  append_key(out, key);
  out += cat(value);
}

void append_boolean(std::string& out, std::string_view key, bool value) {
  append_key(out, key);
  out += value ? "true" : "false";
}

template <class Owner, std::size_t N>
void append_texts(std::string& out, const Owner& owner,
                  const std::array<Field<Owner, std::string>, N>& fields) {
  for (const auto& field : fields) append_text(out, field.key, owner.*field.member);
}

void append_identity(std::string& out, const policy::Identity& identity) {
  append_texts(out, identity, kIdentityFields);
  append_text(out, "engine", policy::name_of(identity.engine));
  append_boolean(out, "sandbox", identity.kind == policy::ContainerKind::sandbox);
  append_boolean(out, "privileged", identity.privileged);
}

void append_reasons(std::string& out, const std::vector<RecordedReason>& reasons) {
  append_key(out, "reasons");
  out += '[';
  for (const RecordedReason& reason : reasons) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_texts(out, reason, kReasonFields);
    out += '}';
  }
  out += ']';
}

// ---- reading ------------------------------------------------------------------------------------

template <class Owner, std::size_t N>
Result<void> take_texts(const JsonValue& object, Owner& owner,
                        const std::array<Field<Owner, std::string>, N>& fields) {
  for (const auto& field : fields) {
    if (auto taken = take_text(object, field.key, owner.*field.member); !taken) return taken;
  }
  return {};
}

// The value whose name_of() the member holds.
template <class Enum, std::size_t N>
Result<void> take_name(const JsonValue& object, std::string_view key,
                       const std::array<Enum, N>& values, Enum& into) {
  std::string name;
  if (auto taken = take_text(object, key, name); !taken) return taken;
  for (const Enum value : values) {
    if (name_of(value) == name) {
      into = value;
      return {};
    }
  }
  return object.error(cat("unknown ", key, " ", quoted(name)));
}

Result<void> take_identity(const JsonValue& object, policy::Identity& identity) {
  if (auto taken = take_texts(object, identity, kIdentityFields); !taken) return taken;
  if (auto taken = take_name(object, "engine", kEngines, identity.engine); !taken) return taken;
  bool sandbox = false;
  if (auto taken = take_boolean(object, "sandbox", sandbox); !taken) return taken;
  identity.kind = sandbox ? policy::ContainerKind::sandbox : policy::ContainerKind::container;
  return take_boolean(object, "privileged", identity.privileged);
}

Result<void> take_reasons(const JsonValue& object, std::vector<RecordedReason>& reasons) {
  const auto list = object.member("reasons");
  if (!list) return {};
  if (auto array = list->expect(oci_config::JsonType::array); !array) return array;
  for (auto element = list->first(); element; element = element->next()) {
    if (auto is_object = element->expect(oci_config::JsonType::object); !is_object) {
      return is_object;
    }
    if (auto taken = take_texts(*element, reasons.emplace_back(), kReasonFields); !taken) {
      return taken;
    }
  }
  return {};
}

Result<void> take_record(const JsonValue& object, ContainerRecord& record) {
  std::uint64_t version = 0;
  if (auto taken = take_number(object, "version", version); !taken) return taken;
  if (version != kFormatVersion) return object.error(cat("unknown version ", version));
  if (auto taken = take_identity(object, record.identity); !taken) return taken;
  if (auto taken = take_name(object, "state", kStates, record.state); !taken) return taken;
  if (auto taken = take_texts(object, record, kTextFields); !taken) return taken;
  for (const auto& field : kCountFields) {
    if (auto taken = take_number(object, field.key, record.*field.member); !taken) return taken;
  }
  for (const auto& field : kPidFields) {
    if (auto taken = take_number(object, field.key, record.*field.member); !taken) return taken;
  }
  if (auto taken = take_boolean(object, "no_new_privileges", record.no_new_privileges); !taken) {
    return taken;
  }
  return take_reasons(object, record.reasons);
}

bool is_plain_id_byte(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '+' || c == '-';
}

}  // namespace

std::string_view name_of(RecordState state) {
  switch (state) {
    case RecordState::held: return "held";
    case RecordState::proved: return "proved";
    case RecordState::installed: return "installed";
    case RecordState::observed: return "observed";
    case RecordState::unproved: return "unproved";
  }
  return "unproved";
}

std::string record_file_name(std::string_view container_id) {
  const bool plain = !container_id.empty() && container_id.size() <= kMaxPlainIdBytes &&
                     container_id.front() != '.' &&
                     std::ranges::all_of(container_id, is_plain_id_byte);
  return plain ? cat(container_id, ".json")
               : cat("sha256-", base::sha256_hex(container_id), ".json");
}

std::string to_json(const ContainerRecord& record) {
  std::string out = "{";
  out.reserve(2048);
  append_number(out, "version", kFormatVersion);
  append_identity(out, record.identity);
  append_text(out, "state", name_of(record.state));
  append_texts(out, record, kTextFields);
  for (const auto& field : kCountFields) append_number(out, field.key, record.*field.member);
  for (const auto& field : kPidFields) append_number(out, field.key, record.*field.member);
  append_boolean(out, "no_new_privileges", record.no_new_privileges);
  append_reasons(out, record.reasons);
  return out += "}\n";
}

Result<ContainerRecord> parse_record(std::string text, std::string_view described) {
  const auto document = oci_config::JsonDocument::parse(std::move(text), {.described = described});
  if (!document) return std::unexpected(document.error());
  if (auto object = document->root().expect(oci_config::JsonType::object); !object) {
    return std::unexpected(object.error());
  }
  ContainerRecord record;
  if (auto taken = take_record(document->root(), record); !taken) {
    return std::unexpected(taken.error());
  }
  return record;
}

}  // namespace bulkhead::audit
