// The sections "seccomp", "apparmor", "process" and "annotations" of a policy document.
#include <algorithm>

#include "oci-config/runtime_spec.h"
#include "policy/settings/policy_document.h"

namespace bulkhead::policy {

using oci_config::JsonType;
using oci_config::JsonValue;
using Settings = SettingsOverride;
using SettingsKey = KeyReader<Settings>;

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  if (const auto near = base::nearest(word, known)) return base::cat("did you mean '", *near, "'?");
  std::vector<std::string> names;
  for (const std::string_view name : known) names.push_back(base::cat("'", name, "'"));
  return base::cat("known are ", base::join(names, ", "));
}

namespace {

constexpr Unset kUnsets[] = {Unset::runtime_default, Unset::refuse, Unset::keep};
constexpr FloorAction kFloorActions[] = {FloorAction::refuse, FloorAction::clamp};
constexpr NotLoaded kNotLoaded[] = {NotLoaded::load, NotLoaded::refuse};
constexpr KeepOrRefuse kKeepOrRefuse[] = {KeepOrRefuse::keep, KeepOrRefuse::refuse};
constexpr KeepSetRequire kKeepSetRequire[] = {KeepSetRequire::keep, KeepSetRequire::set,
                                              KeepSetRequire::require};
constexpr KeepSetRequire kKeepRequire[] = {KeepSetRequire::keep, KeepSetRequire::require};

template <auto Key, const auto& Choices>
void choice(const JsonValue& value, Reading& reading, Settings& settings) {
  using T = std::remove_cvref_t<decltype(Choices[0])>;
  if (const auto chosen = read_choice<T>(value, reading, Choices)) {
    settings.*Key = Setting<T>{*chosen, reading.origin(value)};
  }
}

std::optional<ProfileRef> read_reference(const JsonValue& value, Reading& reading,
                                         base::Result<ProfileRef> (*parse)(std::string_view)) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  auto reference = parse(*text);
  if (reference) return *std::move(reference);
  reading.find(value, reference.error().message, reference.error().remedy);
  return std::nullopt;
}

template <auto Key, auto Parse>
void profile(const JsonValue& value, Reading& reading, Settings& settings) {
  if (auto reference = read_reference(value, reading, Parse)) {
    settings.*Key = Setting<ProfileRef>{*std::move(reference), reading.origin(value)};
  }
}

// "runtime-default" is how `unset` spells it, so it is understood here as well.
base::Result<ProfileRef> parse_floor(std::string_view text) {
  return text == "runtime-default" ? ProfileRef::runtime_default()
                                   : ProfileRef::parse_seccomp(text);
}

void floor(const JsonValue& value, Reading& reading, Settings& settings) {
  using Floor = Setting<std::optional<ProfileRef>>;
  if (value.is(JsonType::string) && value.string() == "none") {
    settings.seccomp_floor = Floor{std::nullopt, reading.origin(value)};
    return;
  }
  auto reference = read_reference(value, reading, parse_floor);
  if (!reference) return;
  if (reference->kind() == ProfileKind::unconfined) {
    return reading.find(value, "'unconfined' is no floor", "write 'none' where there is no floor");
  }
  settings.seccomp_floor = Floor{*std::move(reference), reading.origin(value)};
}

constexpr LogDenials kLogDenialsWords[] = {LogDenials::always};

void log_denials(const JsonValue& value, Reading& reading, Settings& settings) {
  if (value.is(JsonType::string)) {
    return choice<&Settings::seccomp_log_denials, kLogDenialsWords>(value, reading, settings);
  }
  if (const auto flag = reading.take(value.read_boolean())) {
    settings.seccomp_log_denials =
        Setting<LogDenials>{*flag ? LogDenials::yes : LogDenials::no, reading.origin(value)};
  }
}

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

void drop_capabilities(const JsonValue& value, Reading& reading, Settings& settings) {
  if (const auto checked = value.expect(JsonType::array); !checked) {
    return reading.find(checked.error());
  }
  Setting<std::vector<std::string>> dropped{{}, reading.origin(value)};
  for (auto element = value.first(); element; element = element->next()) {
    if (check_capability(*element, reading)) dropped.value.emplace_back(element->string());
  }
  settings.drop_capabilities = std::move(dropped);
}

void keep_annotations(const JsonValue& value, Reading& reading, Settings& settings) {
  auto keys = reading.take(value.read_string_array());
  if (!keys) return;
  if (std::ranges::find(*keys, "") != keys->end()) reading.find(value, "holds an empty key");
  settings.keep_annotations =
      Setting<std::vector<std::string>>{*std::move(keys), reading.origin(value)};
}

constexpr SettingsKey kSeccompKeys[] = {
    {"unset", choice<&Settings::seccomp_unset, kUnsets>},
    {"floor", floor},
    {"floor_action", choice<&Settings::seccomp_floor_action, kFloorActions>},
    {"log_denials", log_denials},
    {"profile", profile<&Settings::seccomp_profile, ProfileRef::parse_seccomp>},
};
constexpr SettingsKey kAppArmorKeys[] = {
    {"unset", choice<&Settings::apparmor_unset, kUnsets>},
    {"not_loaded", choice<&Settings::apparmor_not_loaded, kNotLoaded>},
    {"complain", choice<&Settings::apparmor_complain, kKeepOrRefuse>},
    {"unavailable", choice<&Settings::apparmor_unavailable, kKeepOrRefuse>},
    {"profile", profile<&Settings::apparmor_profile, ProfileRef::parse_apparmor>},
};
constexpr SettingsKey kProcessKeys[] = {
    {"no_new_privileges", choice<&Settings::no_new_privileges, kKeepSetRequire>},
    {"drop_capabilities", drop_capabilities},
    {"run_as_non_root", choice<&Settings::run_as_non_root, kKeepRequire>},
    {"read_only_rootfs", choice<&Settings::read_only_rootfs, kKeepSetRequire>},
};
constexpr SettingsKey kAnnotationKeys[] = {{"keep", keep_annotations}};

// "profile" stands last in its table: what is global leaves it out.
constexpr std::span<const SettingsKey> without_profile(std::span<const SettingsKey> keys) {
  return keys.first(keys.size() - 1);
}

std::string_view profile_is_for_rules(std::string_view key) {
  if (key != "profile") return {};
  return "a profile is named by a rule; a rule with \"match\": {} holds for every container";
}

void rule_seccomp(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, kSeccompKeys, settings);
}
void rule_apparmor(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, kAppArmorKeys, settings);
}
void global_seccomp(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, without_profile(kSeccompKeys), settings,
                         profile_is_for_rules);
}
void global_apparmor(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, without_profile(kAppArmorKeys), settings,
                         profile_is_for_rules);
}
void process(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, kProcessKeys, settings);
}
void annotations(const JsonValue& value, Reading& reading, Settings& settings) {
  read_members<Settings>(value, reading, kAnnotationKeys, settings);
}

constexpr SettingsKey kGlobalSections[] = {
    {"seccomp", global_seccomp}, {"apparmor", global_apparmor}, {"process", process}};
constexpr SettingsKey kRuleSections[] = {{"seccomp", rule_seccomp},
                                         {"apparmor", rule_apparmor},
                                         {"process", process},
                                         {"annotations", annotations}};

}  // namespace

std::span<const SettingsKey> global_sections() { return kGlobalSections; }
std::span<const SettingsKey> rule_sections() { return kRuleSections; }

}  // namespace bulkhead::policy
