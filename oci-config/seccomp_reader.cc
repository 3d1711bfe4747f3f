// Reading a seccomp profile: tables of members, one per object of the schema, each with the dialect
// it belongs to and the function that reads it.
#include <algorithm>
#include <span>

#include "base/text.h"
#include "oci-config/errno_names.h"
#include "oci-config/profile_members.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::quoted;

constexpr std::uint64_t kMaxErrno = 4095;  // include/linux/err.h: MAX_ERRNO
constexpr std::uint64_t kMaxArgIndex = 5;
constexpr std::size_t kMaxConditions = 6;

constexpr std::string_view kFlags[] = {
    "SECCOMP_FILTER_FLAG_TSYNC",
    kFlagLog,
    kFlagSpecAllow,
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
};

using Context = ProfileReading;

constexpr auto kOci = ProfileDialect::oci;
constexpr auto kEngine = ProfileDialect::container_engine;

// Calls read(element) for each element of an array.
template <class Read>
void read_elements(const JsonValue& array, Context& context, Read read) {
  if (!context.problems.took(array.expect(JsonType::array))) return;
  for (auto child = array.first(); child && !context.problems.full(); child = child->next()) {
    read(*child);
  }
}

// Reads a name and translates it by `named`; a name that is unknown is a problem.
template <class T>
std::optional<T> read_name(const JsonValue& value, Context& context, std::string_view what,
                           std::optional<T> (*named)(std::string_view)) {
  const auto name = context.problems.take(value.read_string());
  if (!name) return std::nullopt;
  const auto known = named(*name);
  if (!known) context.problems.add(value, cat("the ", what, " ", quoted(*name), " is unknown"));
  return known;
}

void read_text(const JsonValue& value, std::string& into, Context& context) {
  if (const auto text = context.problems.take(value.read_string())) into = *text;
}

void read_texts(const JsonValue& value, std::vector<std::string>& into, Context& context) {
  if (auto texts = context.problems.take(value.read_string_array())) into = std::move(*texts);
}

std::optional<std::uint16_t> read_errno(const JsonValue& value, Context& context) {
  const auto number = context.problems.take(value.read_unsigned(kMaxErrno));
  if (!number) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

// ---- actions -----------------------------------------------------------------------------------

// An action while its members are read, in whichever order they stand.
struct ActionDraft {
  std::optional<JsonValue> action_at;
  std::optional<JsonValue> errno_at;
  std::optional<SeccompAction> action;
  std::optional<std::uint16_t> errno_ret;
  std::optional<std::uint16_t> errno_by_name;
};

void read_action(const JsonValue& value, ActionDraft& draft, Context& context) {
  draft.action_at = value;
  draft.action = read_name<SeccompAction>(value, context, "action", seccomp_action_named);
}

void read_errno_ret(const JsonValue& value, ActionDraft& draft, Context& context) {
  draft.errno_at = value;
  draft.errno_ret = read_errno(value, context);
}

void read_errno_name(const JsonValue& value, ActionDraft& draft, Context& context) {
  if (value.is(JsonType::string) && value.string().empty()) return;  // as containers-common writes
  if (!draft.errno_at) draft.errno_at = value;
  draft.errno_by_name = read_name<std::uint16_t>(value, context, "errno", errno_named);
}

ActionData finish_action(const ActionDraft& draft, const JsonValue& object, std::string_view key,
                         Context& context) {
  ActionData data;
  if (!draft.action_at) context.problems.add(object, cat("has no ", quoted(key)));
  if (draft.errno_ret && draft.errno_by_name && *draft.errno_ret != *draft.errno_by_name) {
    context.problems.add(*draft.errno_at,
                         cat("the errno ", *draft.errno_ret, " and the one given by name, ",
                             errno_name(*draft.errno_by_name), ", are not the same"));
  }
  data.errno_ret = draft.errno_ret ? draft.errno_ret : draft.errno_by_name;
  if (!draft.action) return data;
  data.action = *draft.action;
  const bool takes_errno =
      data.action == SeccompAction::return_errno || data.action == SeccompAction::trace;
  if (data.errno_ret && !takes_errno) {
    context.problems.add(*draft.errno_at,
                         cat("an errno has no meaning with ", name_of(data.action),
                             "; runtimes refuse it or ignore it"),
                         "remove it, or use SCMP_ACT_ERRNO");
  }
  return data;
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
  std::string name;
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
       read_text(value, draft.name, context);
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

void finish_names(RuleDraft& draft, const JsonValue& object, Context& context) {
  std::vector<std::string>& names = draft.rule.names;
  if (!draft.name.empty() && !names.empty()) {
    context.problems.add(object, "has both 'name' and 'names'; engines refuse that");
  } else if (!draft.name.empty()) {
    names.push_back(std::move(draft.name));
  } else if (names.empty()) {
    context.problems.add(object, "names no system call");
  }
  if (std::ranges::find(names, "") != names.end()) {
    context.problems.add(object, "holds an empty system call name");
  }
}

void read_rule(const JsonValue& object, std::string pointer, Context& context) {
  RuleDraft draft;
  draft.rule.pointer = std::move(pointer);
  const std::string_view at = draft.rule.pointer;
  read_members<RuleDraft>(object, at, kRuleMembers, draft, context);
  if (!object.is(JsonType::object)) return;
  finish_names(draft, object, context);
  draft.rule.action = finish_action(draft.action, object, "action", context);
  context.profile.syscalls.push_back(std::move(draft.rule));
}

// ---- the profile -------------------------------------------------------------------------------

struct ProfileDraft {
  std::string pointer;
  ActionDraft default_action;
  std::optional<JsonValue> architectures_at;
  std::optional<JsonValue> arch_map_at;
};

void read_arches(const JsonValue& value, std::vector<SeccompArch>& into, Context& context) {
  read_elements(value, context, [&](const JsonValue& element) {
    const auto arch = read_name<SeccompArch>(element, context, "architecture", seccomp_arch_named);
    if (arch) into.push_back(*arch);
  });
}

struct ArchMapDraft {
  ArchMapEntry entry;
  bool has_architecture = false;
};

constexpr Member<ArchMapDraft> kArchMapMembers[] = {
    {"architecture", kEngine,
     [](const JsonValue& value, ArchMapDraft& draft, Context& context) {
       draft.has_architecture = true;
       const auto arch = read_name<SeccompArch>(value, context, "architecture", seccomp_arch_named);
       draft.entry.arch = arch.value_or(SeccompArch::x86_64);
     }},
    {"subArchitectures", kEngine,
     [](const JsonValue& value, ArchMapDraft& draft, Context& context) {
       read_arches(value, draft.entry.sub_arches, context);
     }},
};

void read_arch_map(const JsonValue& value, ProfileDraft& draft, Context& context) {
  draft.arch_map_at = value;
  std::size_t index = 0;
  read_elements(value, context, [&](const JsonValue& element) {
    ArchMapDraft entry;
    read_members<ArchMapDraft>(element, cat(draft.pointer, "/archMap/", index++), kArchMapMembers,
                               entry, context);
    if (element.is(JsonType::object) && !entry.has_architecture) {
      context.problems.add(element, "has no 'architecture'");
    }
    context.profile.arch_map.push_back(std::move(entry.entry));
  });
}

void read_flags(const JsonValue& value, ProfileDraft& /*draft*/, Context& context) {
  read_elements(value, context, [&](const JsonValue& element) {
    const auto flag = context.problems.take(element.read_string());
    if (!flag) return;
    if (std::ranges::find(kFlags, *flag) == std::end(kFlags)) {
      context.problems.add(element, cat("the flag ", quoted(*flag), " is unknown"));
    }
    context.profile.flags.emplace_back(*flag);
  });
}

void read_rules(const JsonValue& value, ProfileDraft& draft, Context& context) {
  context.profile.syscalls.reserve(value.size());
  std::size_t index = 0;
  read_elements(value, context, [&](const JsonValue& element) {
    read_rule(element, cat(draft.pointer, "/syscalls/", index++), context);
  });
}

constexpr Member<ProfileDraft> kProfileMembers[] = {
    {"defaultAction", kOci,
     [](const JsonValue& value, ProfileDraft& draft, Context& context) {
       read_action(value, draft.default_action, context);
     }},
    {"defaultErrnoRet", kOci,
     [](const JsonValue& value, ProfileDraft& draft, Context& context) {
       read_errno_ret(value, draft.default_action, context);
     }},
    {"architectures", kOci,
     [](const JsonValue& value, ProfileDraft& draft, Context& context) {
       draft.architectures_at = value;
       read_arches(value, context.profile.architectures, context);
     }},
    {"flags", kOci, read_flags},
    {"listenerPath", kOci,
     [](const JsonValue& value, ProfileDraft& /*draft*/, Context& context) {
       read_text(value, context.profile.listener_path, context);
     }},
    {"listenerMetadata", kOci,
     [](const JsonValue& value, ProfileDraft& /*draft*/, Context& context) {
       read_text(value, context.profile.listener_metadata, context);
     }},
    {"syscalls", kOci, read_rules},
    {"defaultErrno", kEngine,
     [](const JsonValue& value, ProfileDraft& draft, Context& context) {
       read_errno_name(value, draft.default_action, context);
     }},
    {"archMap", kEngine, read_arch_map},
};

// ---- what is no profile at all -----------------------------------------------------------------

constexpr std::string_view kUnconfined =
    "container engines find no rule in it and start the container unconfined without a word";

bool has_profile_key(const JsonValue& object) {
  for (auto child = object.first(); child; child = child->next()) {
    for (const auto& member : kProfileMembers) {
      if (equal_folded(child->key(), member.key)) return true;
    }
  }
  return false;
}

base::Result<void> check_is_profile(const JsonValue& value) {
  if (!value.is(JsonType::object)) return value.expect(JsonType::object);
  if (has_profile_key(value)) return {};
  if (value.size() == 0) {
    return value.error(cat("is an empty object, not a seccomp profile; ", kUnconfined),
                       "write a profile with a 'defaultAction' and 'syscalls'");
  }
  const auto kind = value.member("kind");
  if (kind && value.member("apiVersion")) {
    return value.error(cat("is a Kubernetes object of kind ", quoted(kind->string(), 64),
                           ", not a seccomp profile; ", kUnconfined),
                       "store what is under its 'spec' as the profile (jq .spec)");
  }
  return value.error(cat("is no seccomp profile: it has none of the keys 'defaultAction', "
                         "'syscalls', 'architectures', 'archMap'; ",
                         kUnconfined),
                     "write a profile with a 'defaultAction' and 'syscalls'");
}

}  // namespace

base::Result<SeccompProfile> read_seccomp_profile(const JsonValue& value) {
  if (auto profile = check_is_profile(value); !profile) return std::unexpected(profile.error());
  Context context;
  ProfileDraft draft;
  draft.pointer = value.pointer();
  read_members<ProfileDraft>(value, draft.pointer, kProfileMembers, draft, context);
  context.profile.default_action =
      finish_action(draft.default_action, value, "defaultAction", context);
  const bool has_both = draft.architectures_at && draft.arch_map_at &&
                        draft.architectures_at->size() > 0 && draft.arch_map_at->size() > 0;
  if (has_both) {
    context.problems.add(*draft.arch_map_at,
                         "stands beside 'architectures'; engines refuse a profile with both");
  }
  if (!context.problems.empty()) return context.problems.error();
  return std::move(context.profile);
}

base::Result<SeccompProfile> parse_seccomp_profile(std::string text, std::string_view described) {
  const auto document =
      JsonDocument::parse(std::move(text), {.described = described, .max_bytes = kMaxProfileBytes});
  if (!document) return std::unexpected(document.error());
  return read_seccomp_profile(document->root());
}

}  // namespace bulkhead::oci_config
