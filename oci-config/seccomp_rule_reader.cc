#include "oci-config/seccomp_rule_reader.h"

#include <algorithm>

#include "base/text.h"
#include "oci-config/seccomp_action_reader.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;

constexpr std::uint64_t kMaxArgIndex = 5;
constexpr std::size_t kMaxConditions = 6;

using Context = ProfileReading;

constexpr auto kOci = ProfileDialect::oci;
constexpr auto kEngine = ProfileDialect::container_engine;

void read_texts(const JsonValue& value, std::vector<std::string>& into, Context& context) {
  if (auto texts = context.problems.take(value.read_string_array())) into = std::move(*texts);
}

// ---- conditions on arguments -------------------------------------------------------------------

struct ConditionDraft {
  std::optional<std::uint64_t> index, value, value_two;
  std::optional<SeccompOperator> op;
  bool has_index = false, has_value = false, has_op = false;
};

constexpr Member<ConditionDraft> kConditionMembers[] = {
    {"index", kOci,
     [](const JsonValue& value, ConditionDraft& draft, Context& context) {
       draft.has_index = true;
       draft.index = context.problems.take(value.read_unsigned(kMaxArgIndex));
     }},
    {"value", kOci,
     [](const JsonValue& value, ConditionDraft& draft, Context& context) {
       draft.has_value = true;
       draft.value = context.problems.take(value.read_unsigned());
     }},
    {"valueTwo", kOci,
     [](const JsonValue& value, ConditionDraft& draft, Context& context) {
       draft.value_two = context.problems.take(value.read_unsigned());
     }},
    {"op", kOci,
     [](const JsonValue& value, ConditionDraft& draft, Context& context) {
       draft.has_op = true;
       draft.op = read_name<SeccompOperator>(value, context, "operator", seccomp_operator_named);
     }},
};

// index, value and op are REQUIRED by config-linux.md: Go takes a missing one for 0, others do not.
ArgCondition read_condition(const JsonValue& object, std::string_view pointer, Context& context) {
  ConditionDraft draft;
  read_members<ConditionDraft>(object, pointer, kConditionMembers, draft, context);
  if (object.is(JsonType::object)) {
    if (!draft.has_index) context.problems.add(object, "has no 'index'");
    if (!draft.has_value) context.problems.add(object, "has no 'value'");
    if (!draft.has_op) context.problems.add(object, "has no 'op'");
  }
  return {.index = static_cast<std::uint32_t>(draft.index.value_or(0)),
          .op = draft.op.value_or(SeccompOperator::eq),
          .value = draft.value.value_or(0),
          .value_two = draft.value_two.value_or(0)};
}

// ---- includes and excludes ---------------------------------------------------------------------

std::optional<KernelVersion> kernel_version_named(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = base::parse_decimal(text.substr(0, dot));
  const auto minor = base::parse_decimal(text.substr(dot + 1));
  if (!major || !minor || *major > UINT16_MAX || *minor > UINT16_MAX) return std::nullopt;
  return KernelVersion{static_cast<unsigned>(*major), static_cast<unsigned>(*minor)};
}

constexpr Member<RuleFilter> kFilterMembers[] = {
    {"caps", kEngine,
     [](const JsonValue& value, RuleFilter& filter, Context& context) {
       read_texts(value, filter.capabilities, context);
     }},
    {"arches", kEngine,
     [](const JsonValue& value, RuleFilter& filter, Context& context) {
       read_texts(value, filter.arches, context);
     }},
    {"minKernel", kEngine,
     [](const JsonValue& value, RuleFilter& filter, Context& context) {
       if (value.is(JsonType::string) && value.string().empty()) return;
       filter.min_kernel =
           read_name<KernelVersion>(value, context, "kernel version", kernel_version_named);
     }},
};

// ---- rules -------------------------------------------------------------------------------------

struct RuleDraft {
  SyscallRule rule;
  ActionDraft action;
  bool has_names = false;
};

void read_conditions(const JsonValue& value, RuleDraft& draft, Context& context) {
  if (value.is(JsonType::array) && value.size() > kMaxConditions) {
    context.problems.add(value, cat("has ", value.size(), " conditions; a system call has ",
                                    kMaxConditions, " arguments"));
    return;
  }
  std::size_t index = 0;
  read_elements(value, context, [&](const JsonValue& element) {
    const std::string pointer = cat(draft.rule.pointer, "/args/", index++);
    draft.rule.args.push_back(read_condition(element, pointer, context));
  });
}

constexpr Member<RuleDraft> kRuleMembers[] = {
    {"names", kOci,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       draft.has_names = true;
       read_texts(value, draft.rule.names, context);
     }},
    {"action", kOci,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_action(value, draft.action, context);
     }},
    {"errnoRet", kOci,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_errno_ret(value, draft.action, context);
     }},
    {"args", kOci, read_conditions},
    {"name", kEngine,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_text(value, draft.rule.old_name, context);
     }},
    {"errno", kEngine,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_errno_name(value, draft.action, context);
     }},
    {"includes", kEngine,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_members<RuleFilter>(value, cat(draft.rule.pointer, "/includes"), kFilterMembers,
                                draft.rule.includes, context);
     }},
    {"excludes", kEngine,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_members<RuleFilter>(value, cat(draft.rule.pointer, "/excludes"), kFilterMembers,
                                draft.rule.excludes, context);
     }},
    {"comment", kEngine,
     [](const JsonValue& value, RuleDraft& draft, Context& context) {
       read_text(value, draft.rule.comment, context);
     }},
};

void check_names(const RuleDraft& draft, const JsonValue& object, Context& context) {
  const std::vector<std::string>& names = draft.rule.names;
  const bool has_old_name = !draft.rule.old_name.empty();
  if (has_old_name && !names.empty()) {
    context.problems.add(object, "has both 'name' and 'names'; engines refuse that");
  } else if (!has_old_name && !draft.has_names) {
    context.problems.add(object, "has no 'names'");
  }
  if (std::ranges::find(names, "") != names.end()) {
    context.problems.add(object, "holds an empty system call name");
  }
}

}  // namespace

void read_rule(const JsonValue& object, std::string pointer, Context& context) {
  RuleDraft draft;
  draft.rule.pointer = std::move(pointer);
  const std::string_view at = draft.rule.pointer;
  read_members<RuleDraft>(object, at, kRuleMembers, draft, context);
  if (!object.is(JsonType::object)) return;
  check_names(draft, object, context);
  draft.rule.action = finish_action(draft.action, object, "action", context);
  context.profile.syscalls.push_back(std::move(draft.rule));
}

}  // namespace bulkhead::oci_config
