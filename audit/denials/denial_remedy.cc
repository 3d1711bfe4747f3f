#include "audit/denials/denial_remedy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/syscalls/notorious_syscalls.h"
#include "policy/values/apparmor_rule_text.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::audit {

namespace {

using base::cat;

// Calls of which a good profile allows a part, by their arguments. A record does not have those.
std::string_view condition_caution(std::string_view syscall) {
  struct Row {
    std::string_view syscall, caution;
  };
  constexpr std::array<Row, 4> kRows = {{
      {"clone",
       "without a condition on its flags it makes user namespaces; `bulkhead default` has the "
       "condition"},
      {"clone3",
       "its flags are in memory, where no filter reads them, so it makes user namespaces; where it "
       "answers ENOSYS (errno 38) libraries take clone instead, and nothing is missing"},
      {"personality", "without a condition it switches address randomisation off"},
      {"socket",
       "without a condition it opens families that are rarely used and often broken (AF_ALG, "
       "AF_VSOCK, AF_PACKET); allow the family that the program needs"},
  }};
  const auto* row = std::ranges::find(kRows, syscall, &Row::syscall);
  return row == kRows.end() ? std::string_view() : row->caution;
}

std::string upper_case(std::string_view text) {
  std::string upper;
  for (const char byte : text) {
    upper += byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return upper;
}

Remedy architecture_remedy(const Denial& denial) {
  return {cat(R"("architectures": [ …, "SCMP_ARCH_)", upper_case(denial.arch), R"("])"),
          cat("then ", denial.arch,
              " programs run under the same rules, by the numbers of their "
              "own calls")};
}

// A rule of the policy for this container: no profile can help.
Remedy policy_remedy(const Denial& denial) {
  return {R"("seccomp": {"architectures": "as-asked"})",
          cat("this goes into a rule of the policy, with its \"because\"; then ", denial.arch,
              " programs run under the profile that is asked for")};
}

Remedy seccomp_remedy(const Denial& denial) {
  if (lost_architecture(denial)) return policy_remedy(denial);
  if (lacks_architecture(denial)) return architecture_remedy(denial);
  if (denial.syscall.empty()) return {};
  base::JsonWriter rule;
  rule.begin_object();
  rule.strings("names", std::array{denial.syscall});
  rule.member("action", "SCMP_ACT_ALLOW");
  rule.end_object();
  Remedy remedy{.fragment = rule.take(), .caution = std::string(condition_caution(denial.syscall))};
  const auto* const notorious = policy::find_notorious(denial.syscall);
  if (remedy.caution.empty() && notorious != nullptr) remedy.caution = notorious->harm;
  return remedy;
}

std::string rule_path(std::string_view path) {
  return cat('"', policy::apparmor_escaped(path), '"');
}

std::string_view capability_caution(std::string_view capability) {
  constexpr std::array<std::string_view, 8> kNodeWide = {
      "sys_admin", "sys_module", "sys_rawio", "sys_ptrace",
      "sys_boot",  "bpf",        "mac_admin", "dac_read_search"};
  for (const std::string_view one : kNodeWide) {
    if (one == capability) return "this capability reaches the whole node";
  }
  return {};
}

std::string peer_of(const AppArmorRecord& facts) {
  return facts.peer.empty() ? "" : cat(" peer=", rule_path(facts.peer));
}

std::string mount_rule(const AppArmorRecord& facts) {
  std::string rule = facts.operation == "umount" ? "umount" : "mount";
  if (!facts.filesystem.empty()) rule += cat(" fstype=", facts.filesystem);
  if (!facts.flags.empty()) rule += cat(" options=(", facts.flags, ')');
  if (!facts.source.empty()) rule += cat(' ', rule_path(facts.source), " ->");
  return rule += cat(' ', rule_path(facts.name), ',');
}

// "send connect" → "send, connect".
std::string comma_separated(std::string_view words) {
  std::string text;
  for (const char byte : words) byte == ' ' ? text += ", " : text += byte;
  return text;
}

std::string network_rule(const AppArmorRecord& facts) {
  return cat("network ", facts.family, facts.socket_type.empty() ? "" : " ", facts.socket_type,
             ',');
}

bool is_mount(std::string_view operation) {
  return operation == "mount" || operation == "umount" || operation == "pivotroot";
}

// An abstract address begins with '@', which here is no variable.
std::string address_pattern(std::string_view address) {
  if (!address.starts_with('@')) return rule_path(address);
  return cat("\"@", rule_path(address.substr(1)).substr(1));
}

// unix sockets: a rule of their own since the kernel mediates them by address.
std::string unix_rule(const AppArmorRecord& facts) {
  std::string peer;
  if (!facts.peer.empty()) peer = cat("label=", rule_path(facts.peer));
  if (!facts.peer_address.empty() && facts.peer_address != "none") {
    peer += cat(peer.empty() ? "" : ", ", "addr=", address_pattern(facts.peer_address));
  }
  return cat("unix (", comma_separated(facts.denied), ')',
             facts.socket_type.empty() ? "" : cat(" type=", facts.socket_type),
             peer.empty() ? "" : cat(" peer=(", peer, ')'), ',');
}

// What no rule of the profile decided.
std::optional<Remedy> not_by_a_rule(const AppArmorRecord& facts) {
  if (facts.info == "no new privs") {
    return Remedy{"",
                  cat("no_new_privs lets a process change only to a profile that allows no more; "
                      "let the profile execute this program with ix, or start the container "
                      "under the one that allows it")};
  }
  if (facts.info == "label not found" || facts.info == "profile not found") {
    return Remedy{"", cat("the profile ", rule_path(facts.name),
                          " is not loaded: load it "
                          "(`bulkhead apparmor load`), or ask for one that is")};
  }
  return std::nullopt;
}

Remedy apparmor_remedy(const AppArmorRecord& facts) {
  if (auto other = not_by_a_rule(facts)) return *std::move(other);
  if (facts.operation == "userns_create") {
    return {"userns,",
            "in a user namespace of its own a program has every capability over it, and "
            "reaches parts of the kernel that are often broken"};
  }
  if (facts.operation.starts_with("uring_")) {
    return {cat("io_uring ", facts.denied, ','), "io_uring goes around the seccomp filter"};
  }
  constexpr std::string_view kMountCaution = "mounts are a way out of a container's file system";
  if (!facts.capability.empty()) {
    return {cat("capability ", facts.capability, ','),
            std::string(capability_caution(facts.capability))};
  }
  if (facts.operation == "pivotroot") return {"pivot_root,", std::string(kMountCaution)};
  if (is_mount(facts.operation)) return {mount_rule(facts), std::string(kMountCaution)};
  if (facts.family == "unix") return {unix_rule(facts), ""};
  if (!facts.family.empty()) return {network_rule(facts), ""};
  if (facts.operation == "ptrace") {
    return {cat("ptrace (", facts.denied, ')', peer_of(facts), ','),
            "tracing a process is having all that it has"};
  }
  if (facts.operation == "signal") {
    return {cat("signal (", facts.denied, ") set=(", facts.signal, ')', peer_of(facts), ','), ""};
  }
  if (facts.name.starts_with('/')) {
    const std::string permissions = file_permissions(facts.denied);
    if (permissions.empty()) return {};
    if (facts.name.ends_with("/docker.sock") || facts.name.ends_with("/containerd.sock")) {
      return {cat(rule_path(facts.name), ' ', permissions, ','),
              "who speaks to the engine has the whole node"};
    }
    const bool outside = facts.name.starts_with("/proc/sys") || facts.name.starts_with("/sys/");
    return {cat(rule_path(facts.name), ' ', permissions, ','),
            outside ? "this file speaks for the node, not for the container" : ""};
  }
  return {};
}

}  // namespace

std::string missing_architecture(std::string_view arch) {
  return cat("architecture ", arch, " is not in the profile");
}

std::string taken_out_architecture(std::string_view arch) {
  return cat("architecture ", arch, " is taken out by seccomp.architectures");
}

bool is_less_architectures(std::string_view seccomp_source) {
  return seccomp_source.ends_with(policy::kLessArchitectures);
}

bool lost_architecture(const Denial& denial) {
  return denial.kind == DenialKind::seccomp && denial.cause == taken_out_architecture(denial.arch);
}

bool lacks_architecture(const Denial& denial) {
  return denial.kind == DenialKind::seccomp && denial.cause == missing_architecture(denial.arch);
}

std::string file_permissions(std::string_view mask) {
  struct Row {
    std::string_view recorded;
    char permission;
  };
  // `a` (append) is implied by `w`, and both together are refused by the parser.
  constexpr Row kRows[] = {{"r", 'r'}, {"wcd", 'w'}, {"a", 'a'},
                           {"l", 'l'}, {"k", 'k'},   {"m", 'm'}};
  std::string permissions;
  for (const Row& row : kRows) {
    const bool asked = mask.find_first_of(row.recorded) != std::string_view::npos;
    if (row.permission == 'a' && permissions.contains('w')) continue;
    if (asked) permissions += row.permission;
  }
  if (mask.contains('x')) permissions += "ix";  // within the same profile: the narrowest
  return permissions;
}

Remedy remedy_of(const Denial& denial, const AppArmorRecord* facts) {
  switch (denial.kind) {
    case DenialKind::seccomp: return seccomp_remedy(denial);
    case DenialKind::apparmor: return facts != nullptr ? apparmor_remedy(*facts) : Remedy{};
    case DenialKind::overflow:
    case DenialKind::loss: break;
  }
  return {};
}

}  // namespace bulkhead::audit
