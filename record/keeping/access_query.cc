#include "record/keeping/access_query.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "policy/syscalls/argument_names.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::record {

using base::cat;
using base::ErrorCode;
using base::Result;
using kernel::RuleQuery;
using Queries = std::vector<RuleQuery>;

namespace {

// security/apparmor/include/{apparmor,perms}.h
constexpr std::uint8_t kFileClass = 2;
constexpr std::uint8_t kMountClass = 7;
constexpr std::uint8_t kPtraceClass = 9;
constexpr std::uint8_t kSignalClass = 10;
constexpr std::uint8_t kNetworkClass = 14;

// A rule for sockets allows everything that can be done with them: send, receive, create, shut
// down, connect; attributes; accept, bind, listen; options (security/apparmor/include/net.h).
constexpr std::uint32_t kAllOfSockets = 0x3700376;
constexpr std::uint32_t kUnmount = 4;
constexpr std::uint32_t kLink = 0x40000;

struct Permission {
  AccessKind kind;
  std::string_view name;
  std::uint32_t mask;
};
constexpr std::array<Permission, 6> kPermissions = {{
    {AccessKind::signal, "send", 2},
    {AccessKind::signal, "receive", 4},
    {AccessKind::ptrace, "trace", 2},
    {AccessKind::ptrace, "read", 4},
    {AccessKind::ptrace, "tracedby", 8},
    {AccessKind::ptrace, "readby", 16},
}};

// By AppArmor's number, which is the same on every architecture (include/sig_names.h).
constexpr std::array<std::string_view, 36> kSignals = {
    "",     "hup",   "int",  "quit", "ill",  "trap", "abrt", "bus",    "fpe",
    "kill", "usr1",  "segv", "usr2", "pipe", "alrm", "term", "stkflt", "chld",
    "cont", "stop",  "stp",  "ttin", "ttou", "urg",  "xcpu", "xfsz",   "vtalrm",
    "prof", "winch", "io",   "pwr",  "sys",  "emt",  "lost", "unused", "exists"};
constexpr std::string_view kRealTime = "rtmin+";
constexpr std::uint64_t kFirstRealTime = 128;

std::unexpected<base::Error> not_askable(const Access& access) {
  return base::fail(ErrorCode::unsupported,
                    cat("the kernel cannot be asked about ", name_of(access.kind), ' ',
                        base::quoted(access.object)),
                    "compare the rules of the profiles");
}

std::optional<std::uint64_t> number_of(std::string_view prefix, std::string_view word) {
  std::string name(prefix);
  std::ranges::transform(word, std::back_inserter(name),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return policy::argument_value(name);
}

std::string big_endian(std::uint64_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number)};
}

Result<Queries> socket_queries(const Access& access, std::string_view family,
                               std::string_view type) {
  const auto family_number = number_of("AF_", family);
  const auto type_number = number_of("SOCK_", type);
  if (!family_number || !type_number) return not_askable(access);
  return Queries{{.rule_class = kNetworkClass,
                  .key = big_endian(*family_number) + big_endian(*type_number),
                  .mask = kAllOfSockets}};
}

std::optional<char> signal_byte(std::string_view name) {
  if (name.starts_with(kRealTime)) {
    const auto above = base::parse_decimal(name.substr(kRealTime.size()));
    return above && *above < kFirstRealTime
               ? std::optional(static_cast<char>(kFirstRealTime + *above))
               : std::nullopt;
  }
  const auto* const found = std::ranges::find(kSignals, name);
  if (name.empty() || found == kSignals.end()) return std::nullopt;
  return static_cast<char>(found - kSignals.begin());
}

// As its own namespace knows it; nothing of a stack, whose members rules see one by one.
std::optional<std::string> own_name(std::string_view profile) {
  std::string name = policy::canonical_apparmor_name(profile);
  if (policy::apparmor_stack_members(name).size() != 1) return std::nullopt;
  if (name.starts_with(':')) name.erase(0, std::min(name.find(':', 1), name.size() - 1) + 1);
  return name;
}

Result<Queries> peer_queries(const Access& access, std::string_view profile) {
  const auto* const permission = std::ranges::find_if(kPermissions, [&](const Permission& known) {
    return known.kind == access.kind && known.name == access.permission;
  });
  const auto peer = access.object.empty() ? own_name(profile) : access.object;
  if (permission == kPermissions.end() || !peer) return not_askable(access);
  if (access.kind == AccessKind::ptrace) {
    return Queries{{.rule_class = kPtraceClass, .key = *peer, .mask = permission->mask}};
  }
  const auto signal = signal_byte(access.detail);
  if (!signal) return not_askable(access);
  return Queries{
      {.rule_class = kSignalClass, .key = cat(*signal, *peer), .mask = permission->mask}};
}

// The link itself, and the pair that it is with what it leads to.
Queries link_queries(const Access& access) {
  const RuleQuery link{.rule_class = kFileClass, .key = access.object, .mask = kLink};
  RuleQuery pair = link;
  pair.key += '\0';
  pair.key += access.detail;
  return {link, std::move(pair)};
}

Queries file_queries(const Access& access) {
  const auto* const permission = kernel::file_permission_named(access.permission);
  if (permission == nullptr || !access.object.starts_with('/')) return {};
  return {{.rule_class = kFileClass, .key = access.object, .mask = permission->mask}};
}

Queries mount_queries(const Access& access) {
  if (access.detail != "umount") return {};
  return {{.rule_class = kMountClass, .key = access.object, .mask = kUnmount}};
}

}  // namespace

Result<Queries> queries_of(const Access& access, std::string_view profile) {
  switch (access.kind) {
    case AccessKind::capability: return not_askable(access);
    case AccessKind::network: return socket_queries(access, access.object, access.detail);
    case AccessKind::unix_socket: return socket_queries(access, "unix", access.object);
    case AccessKind::signal:
    case AccessKind::ptrace: return peer_queries(access, profile);
    case AccessKind::file: return file_queries(access);
    case AccessKind::link: return link_queries(access);
    case AccessKind::mount: return mount_queries(access);
    case AccessKind::other: break;
  }
  return Queries{};
}

}  // namespace bulkhead::record
