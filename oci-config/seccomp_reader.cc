// Reading a seccomp profile: the members of the document itself.
#include <algorithm>

#include "base/text.h"
#include "oci-config/profile_members.h"
#include "oci-config/seccomp_action_reader.h"
#include "oci-config/seccomp_profile.h"
#include "oci-config/seccomp_rule_reader.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::quoted;

constexpr std::string_view kFlags[] = {
    "SECCOMP_FILTER_FLAG_TSYNC",
    kFlagLog,
    kFlagSpecAllow,
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
};

using Context = ProfileReading;

constexpr auto kOci = ProfileDialect::oci;
constexpr auto kEngine = ProfileDialect::container_engine;

// ---- the profile -------------------------------------------------------------------------------

struct ProfileDraft {
  std::string pointer;
  ActionDraft default_action;
  std::optional<JsonValue> architectures_at;
  std::optional<JsonValue> arch_map_at;
};

bool is_foreign_arch(const JsonValue& value) {
  return value.is(JsonType::string) && is_foreign_arch_name(value.string());
}

std::optional<SeccompArch> read_arch(const JsonValue& value, Context& context) {
  return read_name<SeccompArch>(value, context, "architecture", seccomp_arch_named);
}

// A runtime compiles for each of them.
void read_architectures(const JsonValue& value, std::vector<SeccompArch>& into, Context& context) {
  read_elements(value, context, [&](const JsonValue& element) {
    if (is_foreign_arch(element)) {
      context.problems.add(element,
                           cat("the architecture ", quoted(element.string()),
                               " is of another machine, and Bulkhead does not know it, nor do runc "
                               "1.1 and crun 1.8"),
                           "leave it out: it has no effect here");
    } else if (const auto arch = read_arch(element, context)) {
      into.push_back(*arch);
    }
  });
}

// An engine looks for this machine's alone.
void read_sub_architectures(const JsonValue& value, std::vector<SeccompArch>& into,
                            Context& context) {
  read_elements(value, context, [&](const JsonValue& element) {
    if (is_foreign_arch(element)) return;
    if (const auto arch = read_arch(element, context)) into.push_back(*arch);
  });
}

struct ArchMapDraft {
  ArchMapEntry entry;
  bool has_architecture = false;
  bool is_foreign = false;
};

constexpr Member<ArchMapDraft> kArchMapMembers[] = {
    {"architecture", kEngine,
     [](const JsonValue& value, ArchMapDraft& draft, Context& context) {
       draft.has_architecture = true;
       draft.is_foreign = is_foreign_arch(value);
       if (draft.is_foreign) return;
       draft.entry.arch = read_arch(value, context).value_or(SeccompArch::x86_64);
     }},
    {"subArchitectures", kEngine,
     [](const JsonValue& value, ArchMapDraft& draft, Context& context) {
       read_sub_architectures(value, draft.entry.sub_arches, context);
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
    if (!entry.is_foreign) context.profile.arch_map.push_back(std::move(entry.entry));
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
       read_architectures(value, context.profile.architectures, context);
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
