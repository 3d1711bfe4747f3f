#include "audit/records/record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/events/take_member.h"
#include "base/json_writer.h"
#include "base/sha256.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/values/identity_json.h"

namespace bulkhead::audit {

using base::cat;
using base::JsonWriter;
using base::quoted;
using base::Result;
using oci_config::JsonValue;

namespace {

constexpr std::uint64_t kFormatVersion = 1;
constexpr std::size_t kMaxPlainIdBytes = 200;
constexpr std::size_t kMaxTextBytes = 8192;              // of any text but the reasons, as JSON
constexpr std::size_t kMaxBytesWithReasons = 192 << 10;  // the rest of a record takes less

template <class Owner, class Value>
struct Field {
  std::string_view key;
  Value Owner::*member;
};

constexpr std::array<Field<ContainerRecord, std::string>, 15> kTextFields = {{
    {"time", &ContainerRecord::time},
    {"created", &ContainerRecord::created},
    {"source", &ContainerRecord::source},
    {"bundle", &ContainerRecord::bundle},
    {"cgroup", &ContainerRecord::cgroup},
    {"seccomp", &ContainerRecord::seccomp},
    {"seccomp_profile_sha256", &ContainerRecord::seccomp_profile_sha256},
    {"seccomp_program_sha256", &ContainerRecord::seccomp_program_sha256},
    {"seccomp_stack_sha256", &ContainerRecord::seccomp_stack_sha256},
    {"seccomp_loader", &ContainerRecord::seccomp_loader},
    {"seccomp_proof", &ContainerRecord::seccomp_proof},
    {"seccomp_unlogged", &ContainerRecord::seccomp_unlogged},
    {"apparmor", &ContainerRecord::apparmor},
    {"apparmor_recorder", &ContainerRecord::apparmor_recorder},
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

// ---- writing ------------------------------------------------------------------------------------

// Each of these returns how much it left out.

std::size_t write_texts(JsonWriter& json, const ContainerRecord& record) {
  std::size_t too_long = 0;
  for (const auto& [key, member] : kTextFields) {
    if (!json.member_within(key, record.*member, kMaxTextBytes)) ++too_long;
  }
  return too_long;
}

std::size_t write_recorded_identity(JsonWriter& json, const policy::Identity& identity) {
  const std::size_t too_long = policy::write_identity_texts(json, identity);
  json.member("engine", policy::name_of(identity.engine));
  json.member("sandbox", identity.kind == policy::ContainerKind::sandbox);
  json.member("privileged", identity.privileged);
  return too_long;
}

std::string json_of(const RecordedReason& reason) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [key, member] : kReasonFields) json.member_if_any(key, reason.*member);
  json.end_object();
  return json.take();
}

std::size_t write_reasons(JsonWriter& json, const std::vector<RecordedReason>& reasons) {
  std::size_t omitted = 0;
  json.begin_array("reasons");
  for (const RecordedReason& reason : reasons) {
    const std::string text = json_of(reason);
    const bool fits = json.size() + text.size() < kMaxBytesWithReasons;
    fits ? json.element_raw(text) : void(++omitted);
  }
  json.end_array();
  return omitted;
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
  const auto value = value_named(name, values);
  if (!value) return object.error(cat("unknown ", key, " ", quoted(name)));
  into = *value;
  return {};
}

Result<void> take_identity(const JsonValue& object, policy::Identity& identity) {
  for (const auto& [key, member] : policy::kIdentityTexts) {
    if (auto taken = take_text(object, key, identity.*member); !taken) return taken;
  }
  if (auto taken = take_name(object, "engine", policy::kEngines, identity.engine); !taken)
    return taken;
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
  if (auto taken = take_number(object, "omitted", record.omitted); !taken) return taken;
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

std::string second_record_file_name(const ContainerRecord& record) {
  constexpr std::size_t kDigits = 16;
  std::string name = record_file_name(record.identity.id);
  name.resize(name.rfind('.'));
  const std::string place = record.identity.runtime_root + '\0' + record.bundle;
  return cat(name, '@', base::sha256_hex(place).substr(0, kDigits), ".json");
}

bool is_same_container(const ContainerRecord& one, const ContainerRecord& other) {
  return one.identity.id == other.identity.id &&
         one.identity.runtime_root == other.identity.runtime_root && one.bundle == other.bundle;
}

std::string to_json(const ContainerRecord& record) {
  JsonWriter json;
  json.reserve(2048);
  json.begin_object();
  json.member("version", kFormatVersion);
  std::size_t omitted = record.omitted + write_recorded_identity(json, record.identity);
  json.member("state", name_of(record.state));
  omitted += write_texts(json, record);
  for (const auto& [key, member] : kCountFields) json.member(key, record.*member);
  for (const auto& [key, member] : kPidFields) json.member(key, record.*member);
  json.member("no_new_privileges", record.no_new_privileges);
  omitted += write_reasons(json, record.reasons);
  if (omitted > 0) json.member("omitted", omitted);
  json.end_object();
  return json.finish();
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
