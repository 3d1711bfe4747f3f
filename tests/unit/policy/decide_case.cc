#include "tests/unit/policy/decide_case.h"

#include <fstream>
#include <map>
#include <stdexcept>

#include "base/text.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::policy::testing {

namespace {

using base::cat;
using base::json_string;

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error(what); }

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(separator));
    if (!trimmed(part).empty()) parts.emplace_back(trimmed(part));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

// "key:value" → value, when the word begins with "key:".
const char* value_after(const std::string& word, std::string_view key) {
  return word.starts_with(cat(key, ":")) ? word.c_str() + key.size() + 1 : nullptr;
}

// ---- seccomp profiles by name -------------------------------------------------------------------

const std::map<std::string, std::string, std::less<>>& profiles() {
  static const std::map<std::string, std::string, std::less<>> kProfiles = {
      {"good", R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64",
        "SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[{"names":["read","write","execve","exit_group"],
        "action":"SCMP_ACT_ALLOW"}]})"},
      {"wide", R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["read","kexec_load"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"sockets", R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64",
        "SCMP_ARCH_X86"],"syscalls":[{"names":["read","socket"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"allows", R"({"defaultAction":"SCMP_ACT_ALLOW"})"},
      {"logs", R"({"defaultAction":"SCMP_ACT_LOG"})"},
      {"notify", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["mkdir"],
        "action":"SCMP_ACT_NOTIFY"}]})"},
      {"listened", R"({"defaultAction":"SCMP_ACT_ERRNO","listenerPath":"/run/s","syscalls":[
        {"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]})"},
      {"misspelt", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","opanat"],
        "action":"SCMP_ACT_ALLOW"}]})"},
      {"unknown-only", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["moount"],
        "action":"SCMP_ACT_ERRNO"}]})"},
      {"nameless", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],
        "action":"SCMP_ACT_ALLOW"},{"names":[],"action":"SCMP_ACT_ALLOW"}]})"},
      {"unknown-allowed", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["mseel"],
        "action":"SCMP_ACT_ALLOW"}]})"},
      {"old-name", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"chmod",
        "action":"SCMP_ACT_ERRNO"}]})"},
      {"never", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["clone"],
        "action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0,"op":"SCMP_CMP_LT"}]}]})"},
      {"alternatives", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["personality"],
        "action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"},
        {"index":0,"value":2,"op":"SCMP_CMP_EQ"}]}]})"},
      {"flagged", R"({"defaultAction":"SCMP_ACT_ERRNO","flags":["SECCOMP_FILTER_FLAG_TSYNC"],
        "syscalls":[{"names":["execve"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"recent",
       R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mseal","mount","listns"],
        "action":"SCMP_ACT_ERRNO"},{"names":["mseal"],"action":"SCMP_ACT_KILL"}]})"},
      {"logging", R"({"defaultAction":"SCMP_ACT_ERRNO","flags":["SECCOMP_FILTER_FLAG_LOG"],
        "syscalls":[{"names":["execve"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"misspelt-member", R"({"defaultAction":"SCMP_ACT_ALLOW","sycalls":[]})"},
      {"engine", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["execve"],
        "action":"SCMP_ACT_ALLOW"},{"names":["mount"],"action":"SCMP_ACT_ALLOW",
        "includes":{"caps":["CAP_SYS_ADMIN"]}}]})"},
      {"pretends", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","setuid"],
        "action":"SCMP_ACT_ERRNO","errnoRet":0,"args":[{"index":0,"value":0,"op":"SCMP_CMP_EQ"}]}]})"},
      {"pretends-by-default", R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":0,"syscalls":[
        {"names":["capset","close_range","fcntl","seccomp","setfsgid","setfsuid","setgid","setgroups",
        "setregid","setresgid","setresuid","setreuid","setuid"],"action":"SCMP_ACT_ALLOW"},
        {"names":["prctl"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":15,
        "op":"SCMP_CMP_EQ"}]}]})"},
      {"harmless-zero", R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["fsync","sync"],
        "action":"SCMP_ACT_ERRNO","errnoRet":0}]})"},
      {"action-name", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read",
        "SCMP_ACT_ERRNO","mount"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"split-action-name", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","SCM",
        "P_ACT_ERRNOmount"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"longer-kill", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["_PROCESS","read"],
        "action":"SCMP_ACT_KILL"}]})"},
      {"nothing", R"({"defaultAction":"SCMP_ACT_ERRNO"})"},
      {"executable-by-descriptor", R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
        {"names":["execveat"],"action":"SCMP_ACT_ALLOW"}]})"},
      {"executed-by-leave",
       R"({"defaultAction":"SCMP_ACT_ERRNO","listenerPath":"/run/s","syscalls":[
        {"names":["execve"],"action":"SCMP_ACT_NOTIFY"}]})"},
      {"empty", "{}"},
      {"null", "null"},
  };
  return kProfiles;
}

const std::string& profile_named(std::string_view name) {
  const auto found = profiles().find(name);
  if (found == profiles().end()) give_up(cat("no profile is called ", name));
  return found->second;
}

// ---- config.json --------------------------------------------------------------------------------

struct SpecDraft {
  std::vector<std::string> annotations, process, linux_members, members;
  std::string id = "c1", root, capabilities = "{}";
  unsigned uid = 1000;
  bool has_process = true, readonly = false;

  void annotate(std::string_view key, std::string_view value) {
    annotations.push_back(cat(json_string(key), ":", json_string(value)));
  }
};

void add_containerd(SpecDraft& draft, std::string_view path) {
  const auto parts = split(path, '/');
  draft.annotate("io.kubernetes.cri.container-type", parts.size() == 3 ? "container" : "sandbox");
  draft.annotate("io.kubernetes.cri.sandbox-id", "s1");
  draft.annotate("io.kubernetes.cri.sandbox-namespace", parts.at(0));
  draft.annotate("io.kubernetes.cri.sandbox-name", parts.at(1));
  if (parts.size() == 3) draft.annotate("io.kubernetes.cri.container-name", parts.at(2));
  draft.root = "/run/containerd/runc/k8s.io";
}

void add_crio(SpecDraft& draft, std::string_view path) {
  const auto parts = split(path, '/');
  draft.annotate("io.kubernetes.cri-o.ContainerType", "container");
  draft.annotate("io.kubernetes.cri-o.ContainerID", draft.id);
  draft.annotate("io.kubernetes.pod.namespace", parts.at(0));
  draft.annotate("io.kubernetes.pod.name", parts.at(1));
  draft.annotate("io.kubernetes.container.name", parts.at(2));
}

std::string capability_sets(const std::vector<std::string>& names) {
  std::vector<std::string> strings;
  for (const auto& name : names) strings.push_back(json_string(name));
  const std::string list = cat("[", base::join(strings, ","), "]");
  return cat("{\"bounding\":", list, ",\"effective\":", list, ",\"permitted\":", list, "}");
}

std::string every_capability() { return capability_sets(oci_config::capability_names(~0ULL)); }

void add_annotation(SpecDraft& draft, const std::string& text) {
  const auto equals = text.find('=');
  draft.annotate(text.substr(0, equals), text.substr(equals + 1));
}

bool add_identity_word(SpecDraft& draft, const std::string& word) {
  if (const char* path = value_after(word, "containerd"))
    add_containerd(draft, path);
  else if (const char* crio = value_after(word, "cri-o"))
    add_crio(draft, crio);
  else if (word == "podman")
    draft.annotate("io.podman.annotations.autoremove", "FALSE");
  else if (word == "docker")
    draft.root = "/run/docker/runtime-runc/moby";
  else if (const char* image = value_after(word, "image")) {
    draft.annotate("io.kubernetes.cri.image-name", image);
  } else if (const char* annotation = value_after(word, "annotation")) {
    add_annotation(draft, annotation);
  } else if (const char* cgroup = value_after(word, "cgroup")) {
    draft.linux_members.push_back(cat("\"cgroupsPath\":", json_string(cgroup)));
  } else
    return false;
  return true;
}

bool add_process_word(SpecDraft& draft, const std::string& word) {
  if (word == "privileged")
    draft.capabilities = every_capability();
  else if (word == "no-caps")
    draft.capabilities.clear();
  else if (const char* caps = value_after(word, "caps")) {
    draft.capabilities = capability_sets(split(caps, ','));
  } else if (const char* label = value_after(word, "apparmor")) {
    draft.process.push_back(cat("\"apparmorProfile\":", json_string(label)));
  } else if (word == "nnp")
    draft.process.emplace_back("\"noNewPrivileges\":true");
  else if (word == "root")
    draft.uid = 0;
  else if (word == "no-process")
    draft.has_process = false;
  else
    return false;
  return true;
}

bool add_other_word(SpecDraft& draft, const std::string& word) {
  if (const char* profile = value_after(word, "seccomp")) {
    draft.linux_members.push_back(cat("\"seccomp\":", profile_named(profile)));
  } else if (word == "userns") {
    draft.linux_members.emplace_back(R"("namespaces":[{"type":"user"}])");
  } else if (word == "userns-joined") {
    draft.linux_members.emplace_back(R"("namespaces":[{"type":"user","path":"/proc/7/ns/user"}])");
  } else if (word == "mounts") {
    draft.linux_members.emplace_back(R"("namespaces":[{"type":"mount"}])");
  } else if (const char* stage = value_after(word, "hook-at")) {
    draft.members.push_back(cat("\"hooks\":{", json_string(stage), R"(:[{"path":"/bin/true"}]})"));
  } else if (word == "read-only")
    draft.readonly = true;
  else if (word == "hooked") {
    draft.members.emplace_back(
        R"("hooks":{"createRuntime":[{"path":"/usr/libexec/bulkhead/bulkhead-hook"}],)"
        R"("poststop":[{"path":"/usr/libexec/bulkhead/bulkhead-hook"}]})");
  } else
    return false;
  return true;
}

std::string spec_json(SpecDraft& draft) {
  if (!draft.capabilities.empty()) {
    draft.process.push_back(cat("\"capabilities\":", draft.capabilities));
  }
  draft.process.push_back(cat("\"user\":{\"uid\":", draft.uid, ",\"gid\":0}"));
  draft.process.emplace_back(R"("args":["/bin/true"],"cwd":"/")");
  auto members = draft.members;
  members.emplace_back("\"ociVersion\":\"1.0.2\"");
  members.push_back(
      cat("\"root\":{\"path\":\"rootfs\",\"readonly\":", draft.readonly ? "true" : "false", "}"));
  members.push_back(cat("\"annotations\":{", base::join(draft.annotations, ","), "}"));
  members.push_back(cat("\"linux\":{", base::join(draft.linux_members, ","), "}"));
  if (draft.has_process) {
    members.push_back(cat("\"process\":{", base::join(draft.process, ","), "}"));
  }
  return cat("{", base::join(members, ","), "}");
}

// ---- policy.json --------------------------------------------------------------------------------

std::string policy_value(const std::string& text) {
  if (text == "true" || text == "false") return text;
  if (!text.starts_with('[')) return json_string(text);
  std::vector<std::string> strings;
  for (const auto& part : split(text.substr(1, text.size() - 2), '+')) {
    strings.push_back(json_string(part));
  }
  return cat("[", base::join(strings, ","), "]");
}

// {"seccomp.unset=keep", "mode=observe"} → members, sections put together.
std::string policy_members(const std::vector<std::string>& settings) {
  std::map<std::string, std::vector<std::string>> sections;
  std::vector<std::string> members;
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    const auto dot = setting.substr(0, equals).find('.');
    const std::string value = policy_value(setting.substr(equals + 1));
    if (dot == std::string::npos) {
      members.push_back(cat(json_string(setting.substr(0, equals)), ":", value));
      continue;
    }
    const std::string key = setting.substr(dot + 1, equals - dot - 1);
    sections[setting.substr(0, dot)].push_back(cat(json_string(key), ":", value));
  }
  for (const auto& [name, inside] : sections) {
    members.push_back(cat(json_string(name), ":{", base::join(inside, ","), "}"));
  }
  return base::join(members, ",");
}

// "rule(namespace=shop):seccomp.unset=keep,apparmor.unset=keep"
std::string policy_rule(const std::string& word, std::size_t number) {
  const auto open = word.find('(');
  const auto close = word.find("):");
  if (close == std::string::npos) give_up(cat("not a rule: ", word));
  const std::string match = policy_members(split(word.substr(open + 1, close - open - 1), ','));
  const std::string settings = policy_members(split(word.substr(close + 2), ','));
  return cat("{\"name\":\"r", number, "\",\"because\":\"reason ", number, "\",\"match\":{", match,
             "},", settings, "}");
}

Policy policy_of(const DecideCase& item) {
  std::vector<std::string> settings, rules;
  for (const std::string& word : words_of(item.policy)) {
    if (word.starts_with("rule("))
      rules.push_back(policy_rule(word, rules.size() + 1));
    else
      settings.push_back(word);
  }
  std::string text = cat("{\"version\":1,\"rules\":[", base::join(rules, ","), "]");
  if (!settings.empty()) text += cat(",", policy_members(settings));
  auto policy = read_policy({{"policy.json", text + "}"}});
  if (!policy) give_up(cat("line ", item.line, ": ", policy.error().sentence()));
  return *std::move(policy);
}

// ---- facts --------------------------------------------------------------------------------------

NodeFacts usual_facts() {
  NodeFacts facts;
  facts.kernel = {6, 1};
  facts.native = oci_config::SeccompArch::x86_64;
  for (int i = 0; i <= static_cast<int>(oci_config::SeccompAction::allow); ++i) {
    facts.actions_available.insert(static_cast<oci_config::SeccompAction>(i));
  }
  facts.filter_flags = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                        "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  return facts;
}

AppArmorMode mode_named(std::string_view name) {
  if (name == "enforce") return AppArmorMode::enforce;
  if (name == "complain") return AppArmorMode::complain;
  if (name == "kill") return AppArmorMode::kill;
  if (name == "unconfined") return AppArmorMode::unconfined;
  give_up(cat("no mode is called ", name));
}

void add_profile(NodeFacts& facts, const std::string& name, const std::string& content) {
  if (content == "missing") {
    facts.seccomp_profiles.emplace(
        name, base::fail(base::ErrorCode::io, "no profile root has it", "put it there"));
    return;
  }
  auto profile = oci_config::parse_seccomp_profile(profile_named(content), name);
  if (!profile) {
    facts.seccomp_profiles.emplace(name, std::unexpected(profile.error()));
    return;
  }
  facts.seccomp_profiles.emplace(
      name, SeccompSource{*std::move(profile), cat("/etc/bulkhead/seccomp/", name), "0123abcd"});
}

void add_fact(NodeFacts& facts, const std::string& word) {
  const auto equals = word.find('=');
  if (word == "apparmor") {
    facts.apparmor.enabled = true;
    facts.apparmor.loaded["bulkhead-default"] = AppArmorMode::enforce;
  } else if (const char* loaded = value_after(word, "loaded")) {
    facts.apparmor.loaded[std::string(loaded, word.c_str() + equals)] =
        mode_named(word.substr(equals + 1));
  } else if (word == "hook")
    facts.hook_path = "/usr/libexec/bulkhead/bulkhead-hook";
  else if (word == "receiver")
    facts.environment_weakens = true;
  else if (const char* family = value_after(word, "runtime")) {
    facts.runtime.asked = facts.runtime.known = true;
    facts.runtime.family = family;
  } else if (const char* version = value_after(word, "version")) {
    facts.runtime.version = version;
  } else if (word == "gate") {
    facts.caller_opens_gate = true;
  } else if (const char* flag = value_after(word, "flag")) {
    facts.runtime.seccomp_flags.insert(cat("SECCOMP_FILTER_FLAG_", flag));
  } else if (word == "seen-to-log") {
    facts.runtime.log_flag = LogFlag::taken;
  } else if (word == "seen-to-drop") {
    facts.runtime.log_flag = LogFlag::dropped;
  } else if (const char* unsafe = value_after(word, "unsafe")) {
    facts.runtime.unsafe_annotations.insert(unsafe);
  } else if (const char* action = value_after(word, "no-action")) {
    facts.actions_available.erase(*oci_config::seccomp_action_named(cat("SCMP_ACT_", action)));
  } else if (const char* file = value_after(word, "file")) {
    add_profile(facts, std::string(file, word.c_str() + equals), word.substr(equals + 1));
  } else
    give_up(cat("no fact is called ", word));
}

NodeFacts facts_of(const DecideCase& item) {
  NodeFacts facts = usual_facts();
  for (const std::string& word : words_of(item.facts)) add_fact(facts, word);
  return facts;
}

SpecDraft spec_of(const DecideCase& item) {
  SpecDraft draft;
  for (const std::string& word : words_of(item.spec)) {
    if (add_identity_word(draft, word) || add_process_word(draft, word)) continue;
    if (!add_other_word(draft, word)) give_up(cat("line ", item.line, ": no word ", word));
  }
  return draft;
}

void take_line(std::vector<DecideCase>& cases, std::string_view line, unsigned number) {
  if (!line.starts_with(' ')) {
    cases.push_back({.name = std::string(line), .line = number});
    return;
  }
  const std::string_view rest = trimmed(line);
  const std::string_view key = rest.substr(0, rest.find(' '));
  const std::string value(trimmed(rest.substr(key.size())));
  if (cases.empty()) give_up("a line before the first case");
  std::string* field = key == "spec"     ? &cases.back().spec
                       : key == "policy" ? &cases.back().policy
                       : key == "facts"  ? &cases.back().facts
                       : key == "expect" ? &cases.back().expect
                       : key == "says"   ? &cases.back().says
                                         : nullptr;
  if (field == nullptr) give_up(cat("line ", number, ": no column ", key));
  if (!field->empty()) *field += key == "says" ? "; " : " ";
  *field += value;
}

std::string pointers_of(const oci_config::SpecEdit& edit) {
  std::vector<std::string> pointers;
  for (const auto& operation : edit.operations) {
    if (const auto* set = std::get_if<oci_config::SetMember>(&operation)) {
      pointers.push_back(set->pointer);
    } else {
      pointers.push_back(cat("!", std::get<oci_config::RemoveMember>(operation).pointer));
    }
  }
  return base::join(pointers, ",");
}

void append_findings(std::string& text, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    text += cat(name_of(finding.severity), " ", finding.check, " ", finding.pointer, " ",
                finding.message, "; ", finding.remedy, "\n");
  }
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) { return split(text, ' '); }
std::vector<std::string> phrases_of(std::string_view text) { return split(text, ';'); }

std::vector<DecideCase> read_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) give_up(cat("cannot open ", path, ": run the tests from the top of the tree"));
  std::vector<DecideCase> cases;
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    if (!trimmed(line).empty() && !line.starts_with('#')) take_line(cases, line, number);
  }
  return cases;
}

std::string config_of(const DecideCase& item) {
  SpecDraft draft = spec_of(item);
  return spec_json(draft);
}

Decided decide_config(const DecideCase& item, const std::string& config) {
  const SpecDraft draft = spec_of(item);
  const auto document = oci_config::JsonDocument::parse(config, {.described = "config.json"});
  if (!document) give_up(cat("line ", item.line, ": ", document.error().sentence()));
  const auto spec = oci_config::read_runtime_spec(*document);
  if (!spec) give_up(cat("line ", item.line, ": ", spec.error().sentence()));
  const Identity identity =
      identify(*spec, {.container_id = draft.id, .runtime_root = draft.root, .bundle = {}});
  return {identity, decide(*spec, identity, policy_for(identity, policy_of(item)), facts_of(item))};
}

Decided decide_case(const DecideCase& item) { return decide_config(item, config_of(item)); }

std::string edited(const std::string& config, const Decision& decision) {
  const auto document = oci_config::JsonDocument::parse(config, {.described = "config.json"});
  auto text = oci_config::apply(document.value(), std::get<Plan>(decision).edit);
  if (!text) give_up(text.error().sentence());
  return *std::move(text);
}

std::string outcome_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr) return "refused";
  if (plan->would_refuse) return "would-refuse";
  if (plan->mode == Mode::observe) return "observed";
  if (plan->cannot_start) return "cannot-start";
  return plan->edit.empty() ? "admitted" : "changed";
}

std::string edit_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr) return {};
  return pointers_of(plan->mode == Mode::observe ? plan->withheld_edit : plan->edit);
}

std::string seccomp_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  return plan != nullptr ? plan->seccomp.source.text() : std::string();
}

std::string flags_of(const Decision& decision) {
  constexpr std::string_view kPrefix = "SECCOMP_FILTER_FLAG_";
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr || !plan->seccomp.profile) return {};
  std::vector<std::string> flags;
  for (const std::string& flag : plan->seccomp.profile->flags) {
    flags.push_back(flag.substr(kPrefix.size()));
  }
  return base::join(flags, ",");
}

std::string loader_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  return plan != nullptr && plan->seccomp.loaded_by_gate ? "gate" : "runtime";
}

std::string arches_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  if (plan == nullptr || !plan->seccomp.profile) return {};
  std::vector<std::string> names;
  for (const auto arch : plan->seccomp.profile->architectures) names.push_back(short_name(arch));
  return base::join(names, ",");
}

std::string label_of(const Decision& decision) {
  const auto* plan = std::get_if<Plan>(&decision);
  return plan != nullptr ? plan->apparmor.label : std::string();
}

std::string sentences_of(const Decision& decision) {
  std::string text;
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    append_findings(text, refusal->reasons);
    return text;
  }
  const Plan& plan = std::get<Plan>(decision);
  for (const Reason& reason : plan.reasons) {
    text += cat(reason.subject, ": ", reason.sentence, " because ", reason.because, "\n");
  }
  if (!plan.seccomp.unlogged.empty()) text += cat("unlogged: ", plan.seccomp.unlogged, "\n");
  append_findings(text, plan.findings);
  if (plan.would_refuse) append_findings(text, plan.would_refuse->reasons);
  return text;
}

}  // namespace bulkhead::policy::testing
