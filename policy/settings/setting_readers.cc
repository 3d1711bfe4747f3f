#include "policy/settings/setting_readers.h"

#include <algorithm>

#include "oci-config/runtime_spec.h"
#include "policy/syscalls/call_pattern.h"

namespace bulkhead::policy {

using oci_config::JsonType;

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  if (const auto near = base::nearest(word, known)) return base::cat("did you mean '", *near, "'?");
  std::vector<std::string> names;
  for (const std::string_view name : known) names.push_back(base::cat("'", name, "'"));
  return base::cat("known are ", base::join(names, ", "));
}

namespace {

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

std::optional<std::string> read_line(const JsonValue& value, Reading& reading) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  if (text->find_first_not_of(' ') == std::string_view::npos) {
    reading.find(value, "is empty");
    return std::nullopt;
  }
  if (!is_printable(*text)) {
    reading.find(value, "holds a control character");
    return std::nullopt;
  }
  return std::string(*text);
}

// ---- profiles ----------------------------------------------------------------------------------

namespace {

std::optional<ProfileRef> read_reference(const JsonValue& value, Reading& reading,
                                         base::Result<ProfileRef> (*parse)(std::string_view)) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  auto reference = parse(*text);
  if (reference) return *std::move(reference);
  reading.find(value, reference.error().message, reference.error().remedy);
  return std::nullopt;
}

// "runtime-default" is how `unset` spells it, so it is understood here as well.
base::Result<ProfileRef> parse_floor(std::string_view text) {
  return text == "runtime-default" ? ProfileRef::runtime_default()
                                   : ProfileRef::parse_seccomp(text);
}

bool is_word(const JsonValue& value, std::string_view word) {
  return value.is(JsonType::string) && value.string() == word;
}

}  // namespace

std::optional<ProfileRef> read_seccomp_profile(const JsonValue& value, Reading& reading) {
  return read_reference(value, reading, ProfileRef::parse_seccomp);
}

std::optional<ProfileRef> read_apparmor_profile(const JsonValue& value, Reading& reading) {
  return read_reference(value, reading, ProfileRef::parse_apparmor);
}

std::optional<SeccompFloor> read_floor(const JsonValue& value, Reading& reading) {
  if (is_word(value, "none")) return SeccompFloor::none();
  auto reference = read_reference(value, reading, parse_floor);
  if (!reference) return std::nullopt;
  if (reference->kind() == ProfileKind::unconfined) {
    reading.find(value, "'unconfined' is no floor", "write 'none' where there is no floor");
    return std::nullopt;
  }
  return SeccompFloor(*std::move(reference));
}

std::optional<LogDenials> read_log_denials(const JsonValue& value, Reading& reading) {
  if (is_word(value, name_of(LogDenials::always))) return LogDenials::always;
  if (value.is(JsonType::string)) {
    reading.find(value, base::cat("unknown value ", base::quoted(value.string())),
                 suggestion(value.string(), {name_of(LogDenials::always)}));
    return std::nullopt;
  }
  const auto flag = reading.take(value.read_boolean());
  if (!flag) return std::nullopt;
  return *flag ? LogDenials::yes : LogDenials::no;
}

// ---- lists -------------------------------------------------------------------------------------

namespace {

bool check_capability(const JsonValue& value, Reading& reading) {
  const auto name = reading.take(value.read_string());
  if (!name) return false;
  if (oci_config::capability_number(*name)) return true;
  std::vector<std::string_view> known;
  for (unsigned number = 0; !oci_config::capability_name(number).empty(); ++number) {
    known.push_back(oci_config::capability_name(number));
  }
  const auto near = base::nearest(*name, known);
  reading.find(value, base::cat("unknown capability ", base::quoted(*name)),
               near ? base::cat("did you mean '", *near, "'?")
                    : std::string("write it as capabilities(7) does: 'CAP_SYS_ADMIN'"));
  return false;
}

bool is_absolute_path(std::string_view path) {
  return path.starts_with('/') && is_printable(path) &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..");
}

constexpr const char* kNoRuntime = " is no runtime";
constexpr const char* kRuntimeRemedy = "write a program's name ('runc') or its absolute path";

bool is_runtime(std::string_view runtime) {
  if (runtime.starts_with('/')) return is_absolute_path(runtime);
  return !runtime.empty() && runtime.find('/') == std::string_view::npos && is_printable(runtime);
}

// Strings of which each must be `valid`; the others are findings.
std::optional<Strings> read_checked(const JsonValue& value, Reading& reading,
                                    bool (*valid)(std::string_view), std::string_view wrong,
                                    std::string_view remedy) {
  auto list = reading.take(value.read_string_array());
  if (!list) return std::nullopt;
  for (auto item = value.first(); item; item = item->next()) {
    if (valid(item->string())) continue;
    reading.find(*item, base::cat(base::quoted(item->string()), wrong), std::string(remedy));
  }
  return list;
}

}  // namespace

std::optional<Strings> read_capabilities(const JsonValue& value, Reading& reading) {
  if (const auto checked = value.expect(JsonType::array); !checked) {
    reading.find(checked.error());
    return std::nullopt;
  }
  Strings names;
  for (auto element = value.first(); element; element = element->next()) {
    if (check_capability(*element, reading)) names.emplace_back(element->string());
  }
  return names;
}

std::optional<Strings> read_denied_calls(const JsonValue& value, Reading& reading) {
  auto calls = reading.take(value.read_string_array());
  if (!calls) return std::nullopt;
  for (auto item = value.first(); item; item = item->next()) {
    const auto call = parse_call_pattern(item->string());
    if (!call) {
      reading.find(*item, call.error().message, call.error().remedy);
    } else if (call->has_brackets && call->arguments.empty()) {
      reading.find(
          *item, base::cat("nothing stands between the brackets of ", base::quoted(item->string())),
          base::cat("write '", call->name, "' for all of its calls"));
    }
  }
  return calls;
}

std::optional<Strings> read_annotation_keys(const JsonValue& value, Reading& reading) {
  auto keys = reading.take(value.read_string_array());
  if (keys && std::ranges::find(*keys, "") != keys->end()) {
    reading.find(value, "holds an empty key");
  }
  return keys;
}

std::optional<Strings> read_roots(const JsonValue& value, Reading& reading) {
  return read_checked(value, reading, is_absolute_path, " is not an absolute path",
                      "name the directory from '/' on, without '..'");
}

std::optional<Strings> read_runtimes(const JsonValue& value, Reading& reading) {
  auto list = read_checked(value, reading, is_runtime, kNoRuntime, kRuntimeRemedy);
  if (list && list->empty()) {
    reading.find(value, "names no runtime", "write [\"runc\", \"crun\"]");
  }
  return list;
}

namespace {

void trusted_runtime(const JsonValue& value, Reading& reading, TrustedRuntime& trusted) {
  trusted.runtime = read_line(value, reading).value_or("");
  if (trusted.runtime.empty() || is_runtime(trusted.runtime)) return;
  reading.find(value, base::cat(base::quoted(trusted.runtime), kNoRuntime), kRuntimeRemedy);
}

void trusted_because(const JsonValue& value, Reading& reading, TrustedRuntime& trusted) {
  trusted.because = read_line(value, reading).value_or("");
}

constexpr KeyReader<TrustedRuntime> kTrustedKeys[] = {
    {"runtime", trusted_runtime},
    {"because", trusted_because},
};

TrustedRuntime read_trusted(const JsonValue& value, Reading& reading) {
  TrustedRuntime trusted;
  read_members(
      value, reading, keys_of<TrustedRuntime>(kTrustedKeys),
      [&](const JsonValue& member) {
        return read_member<TrustedRuntime>(member, reading, kTrustedKeys, trusted);
      },
      known_nowhere);
  if (!value.is(JsonType::object)) return trusted;
  if (!value.member("runtime")) reading.find(value, "names no \"runtime\"", kRuntimeRemedy);
  if (!value.member("because")) {
    reading.find(value, "has no \"because\"", "say why this runtime is trusted unproved");
  }
  return trusted;
}

}  // namespace

std::optional<std::vector<TrustedRuntime>> read_trusted_runtimes(const JsonValue& value,
                                                                 Reading& reading) {
  if (const auto checked = value.expect(JsonType::array); !checked) {
    reading.find(checked.error());
    return std::nullopt;
  }
  std::vector<TrustedRuntime> list;
  for (auto entry = value.first(); entry; entry = entry->next()) {
    list.push_back(read_trusted(*entry, reading));
  }
  return list;
}

// ---- of the watcher ----------------------------------------------------------------------------

namespace {
constexpr std::uint32_t kLeastBacklog = 64;  // what the kernel itself begins with
constexpr std::uint32_t kMostBacklog = 1 << 20;
}  // namespace

std::optional<std::optional<MetricsAddress>> read_metrics_address(const JsonValue& value,
                                                                  Reading& reading) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  if (*text == "none") return std::optional<MetricsAddress>();
  auto address = parse_metrics_address(*text);
  if (address) return std::optional(*std::move(address));
  reading.find(value, address.error().message, address.error().remedy);
  return std::nullopt;
}

std::optional<BacklogLimit> read_backlog_limit(const JsonValue& value, Reading& reading) {
  if (is_word(value, "keep")) return BacklogLimit{};
  const auto limit = value.read_unsigned(kMostBacklog);
  if (limit && *limit >= kLeastBacklog) return BacklogLimit{static_cast<std::uint32_t>(*limit)};
  reading.find(value, base::cat("is no number from ", kLeastBacklog, " to ", kMostBacklog),
               "write how many audit records the kernel may keep, or \"keep\"");
  return std::nullopt;
}

// ---- of records --------------------------------------------------------------------------------

namespace {

void record_name(const JsonValue& value, Reading& reading, RecordRequest& request) {
  request.name = read_line(value, reading).value_or("");
  if (request.name.empty() || is_record_name(request.name)) return;
  reading.find(value, base::cat(base::quoted(request.name), " cannot name a record"),
               std::string(kRecordNameRemedy));
}

void record_execs(const JsonValue& value, Reading& reading, RecordRequest& request) {
  request.execs = reading.take(value.read_boolean()).value_or(true);
}

constexpr KeyReader<RecordRequest> kRecordKeys[] = {
    {"name", record_name},
    {"exec", record_execs},
};

}  // namespace

std::optional<RecordRequest> read_record_request(const JsonValue& value, Reading& reading) {
  RecordRequest request;
  if (value.is(JsonType::string)) {
    record_name(value, reading, request);
    return request;
  }
  read_members(
      value, reading, keys_of<RecordRequest>(kRecordKeys),
      [&](const JsonValue& member) {
        return read_member<RecordRequest>(member, reading, kRecordKeys, request);
      },
      known_nowhere);
  if (value.is(JsonType::object) && !value.member("name")) {
    reading.find(value, "names no record", std::string(kRecordNameRemedy));
  }
  return request;
}

}  // namespace bulkhead::policy
