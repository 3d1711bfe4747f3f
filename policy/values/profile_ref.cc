#include "policy/values/profile_ref.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace bulkhead::policy {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::string_view kLocalhost = "localhost/";

struct Word {
  std::string_view text;
  ProfileKind kind;
};

// The spellings of Kubernetes (annotations and fields), CRI-O, containerd and Docker.
constexpr Word kWords[] = {
    {"runtime/default", ProfileKind::runtime_default},
    {"RuntimeDefault", ProfileKind::runtime_default},
    {"docker/default", ProfileKind::runtime_default},
    {"unconfined", ProfileKind::unconfined},
    {"Unconfined", ProfileKind::unconfined},
};

std::optional<ProfileRef> word_named(std::string_view text) {
  for (const Word& word : kWords) {
    if (word.text != text) continue;
    return word.kind == ProfileKind::unconfined ? ProfileRef::unconfined()
                                                : ProfileRef::runtime_default();
  }
  return std::nullopt;
}

std::unexpected<base::Error> not_a_reference(std::string_view text,
                                             std::string_view localhost_form) {
  std::string remedy = base::cat("write 'runtime/default', 'unconfined' or '", localhost_form, "'");
  const auto nearest = base::nearest(text, {"runtime/default", "unconfined", "RuntimeDefault"});
  if (nearest) remedy = base::cat("did you mean '", *nearest, "'? Else ", remedy);
  return base::fail(ErrorCode::invalid_input,
                    base::cat(base::quoted(text), " is not a profile reference"),
                    std::move(remedy));
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// What is wrong with a name of either kind; empty when nothing is.
std::string_view fault_of_name(std::string_view name) {
  if (name.empty()) return "names nothing after 'localhost/'";
  if (name.size() > kMaxNameBytes) return "is longer than 1024 bytes";
  if (has_control_character(name)) return "holds a control character";
  return {};
}

std::string_view fault_of_component(std::string_view component) {
  if (component.empty()) return "is absolute or holds an empty path component";
  if (component == "." || component == "..") return "holds a '.' or '..' path component";
  return {};
}

std::string_view fault_of_path(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (const auto fault = fault_of_component(path.substr(0, slash)); !fault.empty()) return fault;
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

std::unexpected<base::Error> bad_name(std::string_view text, std::string_view fault,
                                      std::string_view remedy) {
  return base::fail(ErrorCode::invalid_input,
                    base::cat("the profile reference ", base::quoted(text), " ", fault),
                    std::string(remedy));
}

// One member of a stack without its ":namespace:" or ":namespace://" prefix.
std::string_view without_namespace(std::string_view name) {
  if (!name.starts_with(':')) return name;
  const std::size_t end = name.find(':', 1);
  if (end == std::string_view::npos) return name;
  name.remove_prefix(end + 1);
  if (name.starts_with("//")) name.remove_prefix(2);
  return name;
}

}  // namespace

std::vector<std::string_view> apparmor_stack_members(std::string_view name) {
  constexpr std::string_view kSeparator = "//&";
  std::vector<std::string_view> members;
  while (true) {
    const std::size_t end = name.find(kSeparator);
    members.push_back(name.substr(0, end));
    if (end == std::string_view::npos) return members;
    name.remove_prefix(end + kSeparator.size());
  }
}

std::string canonical_apparmor_name(std::string_view name) {
  constexpr std::string_view kLongForm = "://";
  const std::size_t end = name.starts_with(':') ? name.find(kLongForm, 1) : std::string_view::npos;
  if (end == std::string_view::npos) return std::string(name);
  return base::cat(name.substr(0, end + 1), name.substr(end + kLongForm.size()));
}

bool apparmor_name_confines(std::string_view name) {
  return std::ranges::any_of(apparmor_stack_members(name), [](std::string_view member) {
    const std::string_view profile = without_namespace(member);
    return !profile.empty() && profile != "unconfined";
  });
}

Result<ProfileRef> ProfileRef::parse_seccomp(std::string_view text) {
  if (auto word = word_named(text)) return *std::move(word);
  if (!text.starts_with(kLocalhost)) return not_a_reference(text, "localhost/<path>");
  const std::string_view path = text.substr(kLocalhost.size());
  constexpr std::string_view kRemedy =
      "name the file relative to a directory of profile_roots.seccomp: "
      "'localhost/profiles/app.json'";
  std::string_view fault = fault_of_name(path);
  if (fault.empty()) fault = fault_of_path(path);
  if (!fault.empty()) return bad_name(text, fault, kRemedy);
  return ProfileRef(ProfileKind::localhost, std::string(path));
}

Result<ProfileRef> ProfileRef::parse_apparmor(std::string_view text) {
  if (auto word = word_named(text)) return *std::move(word);
  if (!text.starts_with(kLocalhost)) return not_a_reference(text, "localhost/<profile name>");
  const std::string_view name = text.substr(kLocalhost.size());
  constexpr std::string_view kRemedy =
      "write the name that the profile has in the kernel: 'localhost/k8s-my-app'";
  if (const auto fault = fault_of_name(name); !fault.empty()) return bad_name(text, fault, kRemedy);
  if (!apparmor_name_confines(name)) return unconfined();
  return ProfileRef(ProfileKind::localhost, std::string(name));
}

std::string ProfileRef::text() const {
  switch (kind_) {
    case ProfileKind::runtime_default: return "runtime/default";
    case ProfileKind::unconfined: return "unconfined";
    case ProfileKind::localhost: return base::cat(kLocalhost, name_);
    case ProfileKind::inline_config: return "config";
  }
  return "unconfined";
}

}  // namespace bulkhead::policy
