// The one table of policy settings. What reads documents, merges them with rules, finds what a rule
// weakens and prints a policy goes through it, and docs/policy.md, the man page and the completions
// are held against it. A member of NodeSettings or ContainerSettings without its row does not
// compile.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "policy/settings/policy.h"
#include "policy/settings/setting_readers.h"
#include "policy/settings/setting_weakness.h"

namespace bulkhead::policy {

template <class Member, class Read, class BuiltIn, class Weaker>
struct SettingDescriptor {
  std::string_view key;  // "seccomp.unset": section and name
  Member member;         // of any of the structs that hold it
  Read read;             // std::optional<T>(const JsonValue&, Reading&)
  BuiltIn built_in;      // T, or what makes one; std::nullopt where there is none outside rules
  Weaker weaker;         // std::string(const T&, const Around<T>&)
  std::string_view values = {};  // in Markdown; empty for the names of an enum
  std::string_view help;
  std::string_view rules_only = {};  // where the document may not have it but in rules: what to do

  using Value = typename std::invoke_result_t<Read, const JsonValue&, Reading&>::value_type;

  [[nodiscard]] constexpr std::string_view section() const {
    return key.find('.') == std::string_view::npos ? std::string_view()
                                                   : key.substr(0, key.find('.'));
  }
  [[nodiscard]] constexpr std::string_view name() const { return key.substr(key.find('.') + 1); }
};

inline constexpr auto kNoWeaker = nullptr;  // no rule changes it

// In the order of the members of NodeSettings.
inline constexpr std::tuple kNodeSettings = {
    SettingDescriptor{
        .key = "mode",
        .member = [](auto& all) -> decltype(auto) { return (all.mode); },
        .read = read_choice<Mode>,
        .built_in = Mode::enforce,
        .weaker = kNoWeaker,
        .help = "`observe` decides, looks at what the kernel holds, and tells of each start what "
                "`enforce` would have done; it changes, installs, refuses and kills nothing, and "
                "protects nobody"},
    SettingDescriptor{
        .key = "prove",
        .member = [](auto& all) -> decltype(auto) { return (all.prove); },
        .read = read_choice<Prove>,
        .built_in = Prove::always,
        .weaker = kNoWeaker,
        .help = "when the gate asks the kernel before the first instruction of a container, or of "
                "a process that joins one"},
    SettingDescriptor{.key = "profile_roots.seccomp",
                      .member = [](auto& all) -> decltype(auto) { return (all.seccomp_roots); },
                      .read = read_roots,
                      .built_in =
                          [] {
                            return Strings{"/var/lib/kubelet/seccomp", "/etc/bulkhead/seccomp"};
                          },
                      .weaker = kNoWeaker,
                      .values = "absolute directories",
                      .help = "where `localhost/…` seccomp profiles are looked for, in order"},
    SettingDescriptor{.key = "profile_roots.apparmor",
                      .member = [](auto& all) -> decltype(auto) { return (all.apparmor_roots); },
                      .read = read_roots,
                      .built_in = [] { return Strings{"/etc/apparmor.d"}; },
                      .weaker = kNoWeaker,
                      .values = "absolute directories",
                      .help = "where AppArmor profiles are loaded from"},
    SettingDescriptor{.key = "runtimes",
                      .member = [](auto& all) -> decltype(auto) { return (all.runtimes); },
                      .read = read_runtimes,
                      .built_in =
                          [] {
                            return Strings{"runc", "crun"};
                          },
                      .weaker = kNoWeaker,
                      .values = "names or absolute paths",
                      .help = "the first that can be executed is the real runtime, where the "
                              "shim's name does not say"},
    SettingDescriptor{
        .key = "runtimes_trusted_unproved",
        .member = [](auto& all) -> decltype(auto) { return (all.runtimes_trusted_unproved); },
        .read = read_trusted_runtimes,
        .built_in = [] { return std::vector<TrustedRuntime>(); },
        .weaker = kNoWeaker,
        .values = "a list of `{\"runtime\": …, \"because\": …}`",
        .help = "runtimes that execute no program where the gate could see it"},
    SettingDescriptor{.key = "metrics.listen",
                      .member = [](auto& all) -> decltype(auto) { return (all.metrics_listen); },
                      .read = read_metrics_address,
                      .built_in = [] { return std::optional<MetricsAddress>(); },
                      .weaker = kNoWeaker,
                      .values = "`none`, `127.0.0.1:9464`, `[::1]:9464`, "
                                "`unix:/run/bulkhead/metrics.sock`",
                      .help = "where `bulkhead watch` serves [metrics](metrics.md)"},
    SettingDescriptor{.key = "metrics.reach",
                      .member = [](auto& all) -> decltype(auto) { return (all.metrics_reach); },
                      .read = read_choice<MetricsReach>,
                      .built_in = MetricsReach::node,
                      .weaker = kNoWeaker,
                      .help = "`node` refuses a `metrics.listen` that is not a socket, in "
                              "127.0.0.0/8 or `[::1]`"},
    SettingDescriptor{
        .key = "audit.backlog_limit",
        .member = [](auto& all) -> decltype(auto) { return (all.audit_backlog_limit); },
        .read = read_backlog_limit,
        .built_in = BacklogLimit{},
        .weaker = kNoWeaker,
        .values = "`\"keep\"`, 64 to 1048576",
        .help = "how many audit records the kernel may keep while nobody reads them"},
};

// In the order of the members of ContainerSettings.
inline constexpr std::tuple kContainerSettings = {
    SettingDescriptor{
        .key = "seccomp.profile",
        .member = [](auto& all) -> decltype(auto) { return (all.seccomp_profile); },
        .read = read_seccomp_profile,
        .built_in = std::nullopt,
        .weaker = unconfined,
        .values = "`runtime/default`, `unconfined`, `localhost/<file>`",
        .help = "this profile governs, whatever config.json says",
        .rules_only =
            "a profile is named by a rule; a rule with \"match\": {} holds for every container"},
    SettingDescriptor{.key = "seccomp.unset",
                      .member = [](auto& all) -> decltype(auto) { return (all.seccomp_unset); },
                      .read = read_choice<Unset>,
                      .built_in = Unset::runtime_default,
                      .weaker = less_strict<Unset>,
                      .help = "what a container gets that asks for no seccomp profile"},
    SettingDescriptor{.key = "seccomp.floor",
                      .member = [](auto& all) -> decltype(auto) { return (all.seccomp_floor); },
                      .read = read_floor,
                      .built_in = SeccompFloor::none,
                      .weaker = other_floor,
                      .values = "`none`, `runtime-default`, `localhost/<file>`",
                      .help = "no profile may allow more than this one, and no container may go "
                              "without a filter"},
    SettingDescriptor{
        .key = "seccomp.floor_action",
        .member = [](auto& all) -> decltype(auto) { return (all.seccomp_floor_action); },
        .read = read_choice<FloorAction>,
        .built_in = FloorAction::refuse,
        .weaker = never_weaker<FloorAction>,
        .help = "what happens to a profile that allows more"},
    SettingDescriptor{.key = "seccomp.deny",
                      .member = [](auto& all) -> decltype(auto) { return (all.seccomp_deny); },
                      .read = read_denied_calls,
                      .built_in = [] { return Strings(); },
                      .weaker = denies_less,
                      .values = "a list of calls",
                      .help = "denied whatever the profile says"},
    SettingDescriptor{
        .key = "seccomp.architectures",
        .member = [](auto& all) -> decltype(auto) { return (all.seccomp_architectures); },
        .read = read_choice<SeccompArchitectures>,
        .built_in = SeccompArchitectures::as_asked,
        .weaker = less_strict<SeccompArchitectures>,
        .help = "`native` takes every other architecture out of profiles: a program that calls as "
                "one (32-bit, x32) is killed at its first system call"},
    SettingDescriptor{
        .key = "seccomp.log_denials",
        .member = [](auto& all) -> decltype(auto) { return (all.seccomp_log_denials); },
        .read = read_log_denials,
        .built_in = LogDenials::always,
        .weaker = never_weaker<LogDenials>,
        .values = "`\"always\"`, `true`, `false`",
        .help = "`\"always\"`: the kernel logs what filters deny, by a second one of the gate's "
                "where the runtime's own does not log; `true`: only where that costs nothing"},
    SettingDescriptor{.key = "seccomp.loader",
                      .member = [](auto& all) -> decltype(auto) { return (all.seccomp_loader); },
                      .read = read_choice<SeccompLoader>,
                      .built_in = SeccompLoader::runtime,
                      .weaker = never_weaker<SeccompLoader>,
                      .help = "who installs the filter behind the shim: the runtime, or the gate "
                              "from its cache"},
    SettingDescriptor{
        .key = "apparmor.profile",
        .member = [](auto& all) -> decltype(auto) { return (all.apparmor_profile); },
        .read = read_apparmor_profile,
        .built_in = std::nullopt,
        .weaker = unconfined,
        .values = "`runtime/default`, `unconfined`, `localhost/<name>`",
        .help = "the same for AppArmor",
        .rules_only =
            "a profile is named by a rule; a rule with \"match\": {} holds for every container"},
    SettingDescriptor{.key = "apparmor.unset",
                      .member = [](auto& all) -> decltype(auto) { return (all.apparmor_unset); },
                      .read = read_choice<Unset>,
                      .built_in = Unset::runtime_default,
                      .weaker = less_strict<Unset>,
                      .help = "what a container gets that asks for no AppArmor profile"},
    SettingDescriptor{
        .key = "apparmor.not_loaded",
        .member = [](auto& all) -> decltype(auto) { return (all.apparmor_not_loaded); },
        .read = read_choice<NotLoaded>,
        .built_in = NotLoaded::load,
        .weaker = never_weaker<NotLoaded>,
        .help = "what happens when the profile is not in the kernel"},
    SettingDescriptor{.key = "apparmor.complain",
                      .member = [](auto& all) -> decltype(auto) { return (all.apparmor_complain); },
                      .read = read_choice<KeepOrRefuse>,
                      .built_in = KeepOrRefuse::refuse,
                      .weaker = less_strict<KeepOrRefuse>,
                      .help = "what happens when the profile is loaded in complain or unconfined "
                              "mode"},
    SettingDescriptor{
        .key = "apparmor.unavailable",
        .member = [](auto& all) -> decltype(auto) { return (all.apparmor_unavailable); },
        .read = read_choice<KeepOrRefuse>,
        .built_in = KeepOrRefuse::keep,
        .weaker = less_strict<KeepOrRefuse>,
        .help = "what happens on a kernel without AppArmor to a container that would "
                "have to have a profile"},
    SettingDescriptor{.key = "process.no_new_privileges",
                      .member = [](auto& all) -> decltype(auto) { return (all.no_new_privileges); },
                      .read = read_choice<KeepSetRequire>,
                      .built_in = KeepSetRequire::keep,
                      .weaker = less_strict<KeepSetRequire>,
                      .help = "`set` sets it in config.json, `require` refuses a container without "
                              "it"},
    SettingDescriptor{.key = "process.drop_capabilities",
                      .member = [](auto& all) -> decltype(auto) { return (all.drop_capabilities); },
                      .read = read_capabilities,
                      .built_in = [] { return Strings(); },
                      .weaker = drops_less,
                      .values = "a list of `CAP_…`",
                      .help = "taken out of all five sets"},
    SettingDescriptor{.key = "process.run_as_non_root",
                      .member = [](auto& all) -> decltype(auto) { return (all.run_as_non_root); },
                      .read = read_choice<KeepOrRequire>,
                      .built_in = KeepOrRequire::keep,
                      .weaker = less_strict<KeepOrRequire>,
                      .help = "`require` refuses a process with uid 0"},
    SettingDescriptor{.key = "process.read_only_rootfs",
                      .member = [](auto& all) -> decltype(auto) { return (all.read_only_rootfs); },
                      .read = read_choice<KeepSetRequire>,
                      .built_in = KeepSetRequire::keep,
                      .weaker = less_strict<KeepSetRequire>,
                      .help = "`set` makes the root file system read-only, `require` refuses a "
                              "container whose is not"},
    SettingDescriptor{.key = "process.user_namespace",
                      .member = [](auto& all) -> decltype(auto) { return (all.user_namespace); },
                      .read = read_choice<KeepOrRequire>,
                      .built_in = KeepOrRequire::keep,
                      .weaker = less_strict<KeepOrRequire>,
                      .help = "`require` refuses a container that asks for no user namespace"},
    SettingDescriptor{.key = "exec.capabilities",
                      .member = [](auto& all) -> decltype(auto) { return (all.exec_capabilities); },
                      .read = read_choice<ExecCapabilities>,
                      .built_in = ExecCapabilities::container,
                      .weaker = less_strict<ExecCapabilities>,
                      .help = "what a process that joins by `exec` may have at most"},
    SettingDescriptor{.key = "annotations.keep",
                      .member = [](auto& all) -> decltype(auto) { return (all.keep_annotations); },
                      .read = read_annotation_keys,
                      .built_in = [] { return Strings(); },
                      .weaker = keeps_annotations,
                      .values = "a list of annotations",
                      .help = "crun's annotations that void a filter",
                      .rules_only = "annotations are kept by a rule, with its \"because\""},
    SettingDescriptor{.key = "record",
                      .member = [](auto& all) -> decltype(auto) { return (all.record); },
                      .read = read_record_request,
                      .built_in = std::nullopt,
                      .weaker = never_weaker<RecordRequest>,
                      .values = "a name, or `{\"name\": …, \"exec\": false}`",
                      .help = "what the container does is recorded under this name",
                      .rules_only =
                          "a record is named by a rule; a rule with \"match\": {} holds for every "
                          "container"},
};

template <class Table>
constexpr void for_each_setting(const Table& table, auto visit) {
  std::apply([&](const auto&... row) { (visit(row), ...); }, table);
}

// What holds where nobody has set it: a Setting, or nothing.
template <class Descriptor>
auto built_in(const Descriptor& row) {
  using Value = typename Descriptor::Value;
  if constexpr (std::is_same_v<decltype(row.built_in), std::nullopt_t>) {
    return MaybeSetting<Value>();
  } else if constexpr (std::is_invocable_v<decltype(row.built_in)>) {
    return Setting<Value>{row.built_in(), {}};
  } else {
    return Setting<Value>{row.built_in, {}};
  }
}

// As docs/policy.md writes them: "`refuse`, `keep`".
template <class Descriptor>
std::string values_of(const Descriptor& row) {
  using Value = typename Descriptor::Value;
  if constexpr (std::is_enum_v<Value>) {
    if (row.values.empty()) {
      std::string text;
      for (const Value choice : choices_of<Value>()) {
        text += base::cat(text.empty() ? "`" : ", `", name_of(choice), '`');
      }
      return text;
    }
  }
  return std::string(row.values);
}

// ---- no member without its row -----------------------------------------------------------------

// Never defined: only where its members would lie is asked.
template <class Settings>
extern const Settings kAnywhere;

// Whether the rows name the members in their order, and all of them: every byte is some row's.
template <class Settings, class Table>
consteval bool names_every_member(const Table& table) {
  return std::apply(
      [](const auto&... row) {
        const std::array places = {static_cast<const void*>(&row.member(kAnywhere<Settings>))...};
        for (std::size_t i = 1; i < places.size(); ++i) {
          if (places[i - 1] >= places[i]) return false;
        }
        return (sizeof(row.member(kAnywhere<Settings>)) + ...) == sizeof(Settings);
      },
      table);
}
#ifndef __clang__  // clang does not order the members of members of one object before it runs
static_assert(names_every_member<NodeSettings>(kNodeSettings));
static_assert(names_every_member<SettingsOverride>(kContainerSettings));
static_assert(names_every_member<GlobalSettings>(kContainerSettings));
#endif

}  // namespace bulkhead::policy
