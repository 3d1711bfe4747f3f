#include "record/profiles/apparmor_rules.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "policy/values/apparmor_recorder.h"
#include "policy/values/apparmor_rule_text.h"
#include "record/profiles/path_pattern.h"

namespace bulkhead::record {

using base::cat;
using base::quoted;
using policy::apparmor_word;

namespace {

// The kernel's words for capabilities, families, signals; anything else is not for a profile.
bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-';
  });
}

bool is_permission_of(AccessKind kind, std::string_view permission) {
  return kind == AccessKind::signal ? permission == "send" || permission == "receive"
                                    : permission == "trace" || permission == "read" ||
                                          permission == "tracedby" || permission == "readby";
}

// bulkhead-default lets whoever runs the container stop and examine it, and so does the profile.
bool is_by_the_runner(const Access& access) {
  return access.object == "unconfined" &&
         (access.permission == "receive" || access.permission.ends_with("by"));
}

std::string listed(const std::set<std::string>& words) {
  return base::join(std::vector<std::string>(words.begin(), words.end()), ", ");
}

class Writer {
 public:
  explicit Writer(std::string_view name) : name_(name) {}

  void take(const Access& access) {
    switch (access.kind) {
      case AccessKind::capability: return take_capability(access);
      case AccessKind::network: return take_network(access);
      case AccessKind::unix_socket: return take_unix(access);
      case AccessKind::signal:
      case AccessKind::ptrace: return take_peer(access);
      case AccessKind::link: return take_link(access);
      case AccessKind::mount: return take_mount(access);
      case AccessKind::file: return take_file(access);
      case AccessKind::other: break;
    }
    leave_out(access);
  }

  AppArmorRules finish() {
    for (const auto& [signal, names] : signals_) {
      const auto& [peer, permission] = signal;
      rules_.peers.insert(cat("signal (", permission, ") set=(", listed(names), ") peer=", peer));
    }
    for (const auto& [peer, permissions] : traces_) {
      rules_.peers.insert(cat("ptrace (", listed(permissions), ") peer=", peer));
    }
    return std::move(rules_);
  }

 private:
  void leave_out(const Access& access) { rules_.left_out.insert(in_words(access)); }

  void take_capability(const Access& access) {
    if (!is_word(access.object)) return leave_out(access);
    rules_.capabilities.insert(cat("capability ", access.object));
  }

  void take_network(const Access& access) {
    const bool denied = access.object == "alg";  // by the fallback
    if (denied || !is_word(access.object)) return leave_out(access);
    rules_.sockets.insert(cat("network ", access.object,
                              is_word(access.detail) ? cat(' ', access.detail) : std::string()));
  }

  void take_unix(const Access& access) {
    rules_.sockets.insert(
        cat("unix", is_word(access.object) ? cat(" type=", access.object) : std::string()));
  }

  void take_peer(const Access& access) {
    if (is_by_the_runner(access)) return;
    // Another container under record is known by its recording profile alone, which ends with it.
    const bool is_of_another = access.object.starts_with(policy::kRecorderPrefix);
    if (is_of_another || !is_permission_of(access.kind, access.permission))
      return leave_out(access);
    const std::string peer =
        access.object.empty() ? name_ : apparmor_word(policy::apparmor_escaped(access.object));
    if (access.kind == AccessKind::ptrace) return void(traces_[peer].insert(access.permission));
    if (!is_word(access.detail)) return leave_out(access);
    signals_[{peer, access.permission}].insert(access.detail);
  }

  void take_link(const Access& access) {
    if (!access.object.starts_with('/') || !access.detail.starts_with('/'))
      return leave_out(access);
    rules_.links.insert(cat("link ", apparmor_word(pattern_of(access.object)), " -> ",
                            apparmor_word(pattern_of(access.detail))));
  }

  void take_mount(const Access& access) {
    if (access.detail != "umount" || !access.object.starts_with('/')) return leave_out(access);
    rules_.unmounts.insert(cat("umount ", apparmor_word(pattern_of(access.object))));
  }

  void take_file(const Access& access) {
    if (!access.object.starts_with('/')) leave_out(access);
  }

  std::string name_;
  AppArmorRules rules_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> signals_;
  std::map<std::string, std::set<std::string>> traces_;
};

}  // namespace

std::string in_words(const Access& access) {
  std::string text(name_of(access.kind));
  for (const std::string& part : {access.object, access.detail, access.permission}) {
    if (!part.empty()) text += cat(' ', quoted(part));
  }
  return text;
}

AppArmorRules apparmor_rules_of(const Accesses::Map& accesses, std::string_view name) {
  Writer writer(name);
  for (const auto& [access, use] : accesses) writer.take(access);
  return writer.finish();
}

}  // namespace bulkhead::record
