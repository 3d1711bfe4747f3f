#include "audit/denials/journal.h"

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/text.h"

namespace bulkhead::audit {

namespace {

using base::cat;

void append_field(std::string& entry, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  entry += name;
  if (!value.contains('\n')) {
    entry += cat("=", value, "\n");
    return;
  }
  const std::uint64_t size = htole64(value.size());
  entry += '\n';
  entry.append(reinterpret_cast<const char*>(&size), sizeof size);
  entry += value;
  entry += '\n';
}

std::string message_of(const Denial& denial) {
  if (!denial.message.empty()) return denial.message;
  const std::string_view what =
      denial.kind == DenialKind::seccomp ? denial.syscall : denial.operation;
  const std::string who = denial.naming != Naming::named
                              ? std::string("a process of no known container")
                              : policy::describe(denial.identity);
  return cat(who, ": ", what.empty() ? cat("call ", denial.nr) : std::string(what),
             denial.would ? " would be denied" : " denied", " (", denial.action, "), ",
             base::counted(denial.count, "time"));
}

}  // namespace

std::string journal_entry(const Denial& denial) {
  constexpr std::string_view kWarning = "4";
  constexpr std::string_view kInfo = "6";
  std::string entry;
  append_field(entry, "MESSAGE", message_of(denial));
  append_field(entry, "PRIORITY", denial.would ? kInfo : kWarning);
  append_field(entry, "SYSLOG_IDENTIFIER", "bulkhead");
  const policy::Identity& who = denial.identity;
  const std::pair<std::string_view, std::string_view> kFields[] = {
      {"BULKHEAD_KIND", name_of(denial.kind)},  {"BULKHEAD_CONTAINER_ID", who.id},
      {"BULKHEAD_NAMESPACE", who.namespace_},   {"BULKHEAD_POD", who.pod},
      {"BULKHEAD_CONTAINER", who.container},    {"BULKHEAD_IMAGE", who.image},
      {"BULKHEAD_SYSCALL", denial.syscall},     {"BULKHEAD_ARCH", denial.arch},
      {"BULKHEAD_OPERATION", denial.operation}, {"BULKHEAD_PATH", denial.path},
      {"BULKHEAD_DENIED", denial.denied},       {"BULKHEAD_ACTION", denial.action},
      {"BULKHEAD_PROFILE", denial.profile},     {"BULKHEAD_CAUSE", denial.cause},
      {"BULKHEAD_COMM", denial.comm},           {"BULKHEAD_EXE", denial.exe}};
  for (const auto& [name, value] : kFields) append_field(entry, name, value);
  if (denial.pid > 0) append_field(entry, "BULKHEAD_PID", cat(denial.pid));
  append_field(entry, "BULKHEAD_COUNT", cat(denial.count));
  return entry;
}

Journal::Journal(std::string socket_path)
    : socket_path_(std::move(socket_path)),
      fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

void Journal::send(const Denial& denial) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (!fd_.valid() || socket_path_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  const std::string entry = journal_entry(denial);
  const ssize_t sent = ::sendto(fd_.get(), entry.data(), entry.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool no_journal = errno == ENOENT || errno == ECONNREFUSED;
  if (sent < 0 && !no_journal) ++dropped_;
}

}  // namespace bulkhead::audit
