#include "policy/settings/policy_reader.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "oci-config/json.h"
#include "policy/settings/policy_document.h"
#include "policy/settings/policy_weakening.h"
#include "policy/settings/setting_readers.h"
#include "policy/settings/settings_reader.h"

namespace bulkhead::policy {

using base::ErrorCode;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;

namespace {

constexpr std::size_t kMaxNameBytes = 128;

// ---- rules -------------------------------------------------------------------------------------

template <auto Key>
void glob(const JsonValue& value, Reading& reading, RuleMatch& match) {
  match.*Key = read_line(value, reading);
}

void engine(const JsonValue& value, Reading& reading, RuleMatch& match) {
  match.engine = read_line(value, reading);
  if (!match.engine || match.engine->find_first_of("*?") != std::string::npos) return;
  std::vector<std::string_view> known;
  for (const Engine one : kEngines) {
    if (one != Engine::unknown) known.push_back(name_of(one));
  }
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
  read_members(
      value, reading, keys_of<RuleMatch>(kMatchKeys),
      [&](const JsonValue& member) {
        return read_member<RuleMatch>(member, reading, kMatchKeys, rule.match);
      },
      known_nowhere);
}

constexpr KeyReader<Rule> kRuleKeys[] = {
    {"name", rule_name},
    {"match", rule_match},
    {"because", rule_because},
};

void read_rule_members(const JsonValue& value, Reading& reading, Rule& rule) {
  auto known = keys_of<Rule>(kRuleKeys);
  std::ranges::copy(keys_of_rules(), std::back_inserter(known));
  read_members(
      value, reading, known,
      [&](const JsonValue& member) {
        return read_member<Rule>(member, reading, kRuleKeys, rule) ||
               read_settings(member, reading, rule.settings);
      },
      known_nowhere);
}

void read_rule(const JsonValue& value, Reading& reading, std::vector<Rule>& rules) {
  Rule rule;
  const auto name = value.member("name");
  if (name && name->is(JsonType::string)) reading.rule = name->string();
  rule.origin = reading.origin(value);
  read_rule_members(value, reading, rule);
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

void rules(const JsonValue& value, Reading& reading, Draft& draft) {
  if (const auto checked = value.expect(JsonType::array); !checked) {
    return reading.find(checked.error());
  }
  for (auto rule = value.first(); rule; rule = rule->next()) {
    read_rule(*rule, reading, draft.rules_of_file);
  }
}

constexpr KeyReader<Draft> kDocumentKeys[] = {
    {"version", version},
    {"rules", rules},
};

void read_root(const JsonValue& root, Reading& reading, Draft& draft) {
  auto known = keys_of<Draft>(kDocumentKeys);
  std::ranges::copy(keys_of_documents(), std::back_inserter(known));
  NodeSettings& of_node = draft.policy;
  read_members(
      root, reading, known,
      [&](const JsonValue& member) {
        return read_member<Draft>(member, reading, kDocumentKeys, draft) ||
               read_settings(member, reading, of_node) ||
               read_settings(member, reading, draft.policy.globals);
      },
      belongs_to_rules);
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

ExaminedPolicy examine_policy(std::vector<PolicyDocument> documents) {
  Draft draft{.policy = built_in_policy(), .rules_of_file = {}};
  std::vector<std::string> findings;
  for (PolicyDocument& document : documents) read_document(document, findings, draft);
  check_names(draft.policy, findings);
  check_because(draft.policy, findings);
  check_reach(draft.policy, findings);
  return {std::move(draft.policy), std::move(findings)};
}

Result<Policy> read_policy(std::vector<PolicyDocument> documents) {
  ExaminedPolicy examined = examine_policy(std::move(documents));
  if (!examined.findings.empty()) return invalid(examined.findings);
  return std::move(examined.policy);
}

}  // namespace bulkhead::policy
