#include "policy/settings/policy_reader.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "oci-config/json.h"
#include "policy/settings/policy_document.h"
#include "policy/settings/policy_weakening.h"

namespace bulkhead::policy {

using base::ErrorCode;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;

namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr Mode kModes[] = {Mode::enforce, Mode::observe};
constexpr MetricsReach kReaches[] = {MetricsReach::node, MetricsReach::network};
constexpr Prove kProves[] = {Prove::always, Prove::when_installing, Prove::never};

// ---- rules -------------------------------------------------------------------------------------

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// One line of text that says something.
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

template <auto Key>
void glob(const JsonValue& value, Reading& reading, RuleMatch& match) {
  match.*Key = read_line(value, reading);
}

void engine(const JsonValue& value, Reading& reading, RuleMatch& match) {
  match.engine = read_line(value, reading);
  if (!match.engine || match.engine->find_first_of("*?") != std::string::npos) return;
  const std::vector<std::string_view> known = {name_of(Engine::containerd), name_of(Engine::crio),
                                               name_of(Engine::podman), name_of(Engine::docker)};
  if (std::ranges::find(known, *match.engine) != known.end()) return;
  reading.find(value, base::cat("unknown engine ", base::quoted(*match.engine)),
               suggestion(*match.engine, known));
}

void privileged(const JsonValue& value, Reading& reading, RuleMatch& match) {
  match.privileged = reading.take(value.read_boolean());
}

constexpr KeyReader<RuleMatch> kMatchKeys[] = {
    {"engine", engine},
    {"namespace", glob<&RuleMatch::namespace_>},
    {"pod", glob<&RuleMatch::pod>},
    {"container", glob<&RuleMatch::container>},
    {"image", glob<&RuleMatch::image>},
    {"privileged", privileged},
};

void rule_name(const JsonValue& value, Reading& reading, Rule& rule) {
  rule.name = read_line(value, reading).value_or("");
  if (rule.name.size() > kMaxNameBytes) reading.find(value, "is longer than 128 bytes");
}
void rule_because(const JsonValue& value, Reading& reading, Rule& rule) {
  rule.because = read_line(value, reading).value_or("");
}
void rule_match(const JsonValue& value, Reading& reading, Rule& rule) {
  read_members<RuleMatch>(value, reading, kMatchKeys, rule.match);
}

template <std::size_t Section>
void rule_section(const JsonValue& value, Reading& reading, Rule& rule) {
  rule_sections()[Section].read(value, reading, rule.settings);
}

constexpr KeyReader<Rule> kRuleKeys[] = {
    {"name", rule_name},
    {"match", rule_match},
    {"because", rule_because},
    {"seccomp", rule_section<0>},
    {"apparmor", rule_section<1>},
    {"process", rule_section<2>},
    {"annotations", rule_section<3>},
};

void read_rule(const JsonValue& value, Reading& reading, std::vector<Rule>& rules) {
  Rule rule;
  const auto name = value.member("name");
  if (name && name->is(JsonType::string)) reading.rule = name->string();
  rule.origin = reading.origin(value);
  read_members<Rule>(value, reading, kRuleKeys, rule);
  if (value.is(JsonType::object)) {
    if (!name) reading.find(value, "a rule without \"name\"", "name it: records speak of it");
    if (!value.member("match")) {
      reading.find(value, "a rule without \"match\"", "\"match\": {} matches every container");
    }
  }
  reading.rule.clear();
  rules.push_back(std::move(rule));
}

// ---- the document ------------------------------------------------------------------------------

struct Draft {
  Policy policy;
  std::vector<Rule> rules_of_file;
};

void version(const JsonValue& value, Reading& reading, Draft&) {
  const auto number = reading.take(value.read_unsigned());
  if (number && *number != 1) {
    reading.find(value, base::cat("version ", *number, " is not known"), "this Bulkhead reads 1");
  }
}

void mode(const JsonValue& value, Reading& reading, Draft& draft) {
  const auto chosen = read_choice<Mode>(value, reading, kModes);
  if (chosen) draft.policy.mode = {*chosen, reading.origin(value)};
}

void prove(const JsonValue& value, Reading& reading, Draft& draft) {
  const auto chosen = read_choice<Prove>(value, reading, kProves);
  if (chosen) draft.policy.prove = {*chosen, reading.origin(value)};
}

using StringsSetting = Setting<std::vector<std::string>>;

std::optional<StringsSetting> read_strings(const JsonValue& value, Reading& reading) {
  auto list = reading.take(value.read_string_array());
  if (!list) return std::nullopt;
  return StringsSetting{*std::move(list), reading.origin(value)};
}

bool is_absolute_path(std::string_view path) {
  return path.starts_with('/') && is_printable(path) &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..");
}

template <auto Key>
void roots(const JsonValue& value, Reading& reading, Policy& policy) {
  auto list = read_strings(value, reading);
  if (!list) return;
  for (auto path = value.first(); path; path = path->next()) {
    if (is_absolute_path(path->string())) continue;
    reading.find(*path, base::cat(base::quoted(path->string()), " is not an absolute path"),
                 "name the directory from '/' on, without '..'");
  }
  policy.*Key = *std::move(list);
}

constexpr KeyReader<Policy> kRootKeys[] = {
    {"seccomp", roots<&Policy::seccomp_roots>},
    {"apparmor", roots<&Policy::apparmor_roots>},
};

void profile_roots(const JsonValue& value, Reading& reading, Draft& draft) {
  read_members<Policy>(value, reading, kRootKeys, draft.policy);
}

bool is_runtime(std::string_view runtime) {
  if (runtime.starts_with('/')) return is_absolute_path(runtime);
  return !runtime.empty() && runtime.find('/') == std::string_view::npos && is_printable(runtime);
}

void runtimes(const JsonValue& value, Reading& reading, Draft& draft) {
  auto list = read_strings(value, reading);
  if (!list) return;
  if (list->value.empty()) reading.find(value, "names no runtime", "write [\"runc\", \"crun\"]");
  for (auto runtime = value.first(); runtime; runtime = runtime->next()) {
    if (is_runtime(runtime->string())) continue;
    reading.find(*runtime, base::cat(base::quoted(runtime->string()), " is no runtime"),
                 "write a program's name ('runc') or its absolute path");
  }
  draft.policy.runtimes = *std::move(list);
}

void metrics_listen(const JsonValue& value, Reading& reading, Policy& policy) {
  const auto text = reading.take(value.read_string());
  if (!text) return;
  if (*text == "none") {
    policy.metrics_listen = {std::nullopt, reading.origin(value)};
    return;
  }
  auto address = parse_metrics_address(*text);
  if (!address) return reading.find(value, address.error().message, address.error().remedy);
  policy.metrics_listen = {*std::move(address), reading.origin(value)};
}

void metrics_reach(const JsonValue& value, Reading& reading, Policy& policy) {
  const auto chosen = read_choice<MetricsReach>(value, reading, kReaches);
  if (chosen) policy.metrics_reach = {*chosen, reading.origin(value)};
}

constexpr KeyReader<Policy> kMetricsKeys[] = {
    {"listen", metrics_listen},
    {"reach", metrics_reach},
};

void metrics(const JsonValue& value, Reading& reading, Draft& draft) {
  read_members<Policy>(value, reading, kMetricsKeys, draft.policy);
}

constexpr std::uint32_t kLeastBacklog = 64;  // what the kernel itself begins with
constexpr std::uint32_t kMostBacklog = 1 << 20;

void backlog_limit(const JsonValue& value, Reading& reading, Policy& policy) {
  if (value.is(JsonType::string) && value.string() == "keep") {
    policy.audit_backlog_limit = {std::nullopt, reading.origin(value)};
    return;
  }
  const auto limit = value.read_unsigned(kMostBacklog);
  if (!limit || *limit < kLeastBacklog) {
    return reading.find(value, base::cat("is no number from ", kLeastBacklog, " to ", kMostBacklog),
                        "write how many audit records the kernel may keep, or \"keep\"");
  }
  policy.audit_backlog_limit = {static_cast<std::uint32_t>(*limit), reading.origin(value)};
}

constexpr KeyReader<Policy> kAuditKeys[] = {{"backlog_limit", backlog_limit}};

void audit(const JsonValue& value, Reading& reading, Draft& draft) {
  read_members<Policy>(value, reading, kAuditKeys, draft.policy);
}

void rules(const JsonValue& value, Reading& reading, Draft& draft) {
  if (const auto checked = value.expect(JsonType::array); !checked) {
    return reading.find(checked.error());
  }
  for (auto rule = value.first(); rule; rule = rule->next()) {
    read_rule(*rule, reading, draft.rules_of_file);
  }
}

template <std::size_t Section>
void global_section(const JsonValue& value, Reading& reading, Draft& draft) {
  global_sections()[Section].read(value, reading, draft.policy.globals);
}

constexpr KeyReader<Draft> kDocumentKeys[] = {
    {"version", version},
    {"mode", mode},
    {"seccomp", global_section<0>},
    {"apparmor", global_section<1>},
    {"process", global_section<2>},
    {"prove", prove},
    {"profile_roots", profile_roots},
    {"runtimes", runtimes},
    {"metrics", metrics},
    {"audit", audit},
    {"rules", rules},
};

std::string_view annotations_are_for_rules(std::string_view key) {
  if (key != "annotations") return {};
  return "annotations are kept by a rule, with its \"because\"";
}

void read_root(const JsonValue& root, Reading& reading, Draft& draft) {
  read_members<Draft>(root, reading, kDocumentKeys, draft, annotations_are_for_rules);
  if (root.is(JsonType::object) && !root.member("version")) {
    reading.find(root, "\"version\" is missing", "write \"version\": 1");
  }
}

void read_document(PolicyDocument& document, std::vector<std::string>& findings, Draft& draft) {
  Reading reading{.file = document.path, .rule = {}, .findings = findings};
  draft.policy.files.push_back(document.path);
  const auto json = JsonDocument::parse(
      std::move(document.text),
      {.described = document.path, .max_bytes = oci_config::kMaxPolicyBytes, .comments = true});
  if (!json) return reading.find(json.error());
  draft.rules_of_file.clear();
  read_root(json->root(), reading, draft);
  auto& rules = draft.policy.rules;
  rules.insert(rules.begin(), std::make_move_iterator(draft.rules_of_file.begin()),
               std::make_move_iterator(draft.rules_of_file.end()));
}

// ---- across documents --------------------------------------------------------------------------

std::string at(const Origin& origin) {
  return base::cat(origin.file, ": ", origin.pointer, " (line ", origin.line, "): ");
}

void check_names(const Policy& policy, std::vector<std::string>& findings) {
  for (auto rule = policy.rules.begin(); rule != policy.rules.end(); ++rule) {
    const auto earlier = std::ranges::find(policy.rules.begin(), rule, rule->name, &Rule::name);
    if (earlier == rule || rule->name.empty()) continue;
    findings.push_back(base::cat(at(rule->origin), "a second rule with the name ",
                                 base::quoted(rule->name), ", which ", earlier->origin.file,
                                 " line ", earlier->origin.line, " has; name it otherwise"));
  }
}

void check_because(const Policy& policy, std::vector<std::string>& findings) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    if (!policy.rules[i].because.empty()) continue;
    for (const Weakening& weakening : weakenings(policy, i)) {
      findings.push_back(base::cat(at(weakening.origin), "rule ",
                                   base::quoted(policy.rules[i].name), " weakens ", weakening.key,
                                   " (", weakening.change,
                                   ") without a reason; give the rule a \"because\""));
    }
  }
}

void check_reach(const Policy& policy, std::vector<std::string>& findings) {
  const auto& listen = policy.metrics_listen;
  if (!listen.value || is_local(*listen.value)) return;
  if (policy.metrics_reach.value == MetricsReach::network) return;
  findings.push_back(base::cat(at(listen.origin), base::quoted(text_of(*listen.value)),
                               " is an address that others than this node may reach; take one of "
                               "127.0.0.0/8, [::1] or a socket, or say \"reach\": \"network\""));
}

std::unexpected<base::Error> invalid(const std::vector<std::string>& findings) {
  return base::fail(ErrorCode::policy, base::join(findings, "; also: "));
}

}  // namespace

Result<Policy> read_policy(std::vector<PolicyDocument> documents) {
  Draft draft{.policy = built_in_policy(), .rules_of_file = {}};
  std::vector<std::string> findings;
  for (PolicyDocument& document : documents) read_document(document, findings, draft);
  check_names(draft.policy, findings);
  check_because(draft.policy, findings);
  check_reach(draft.policy, findings);
  if (!findings.empty()) return invalid(findings);
  return std::move(draft.policy);
}

}  // namespace bulkhead::policy
