#include "kernel/probes/audit_socket.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace bulkhead::kernel {

namespace {

using base::ErrorCode;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kBatch = 32;
constexpr std::size_t kMessageBytes = 8970 + 64;  // MAX_AUDIT_MESSAGE_LENGTH, and headers
constexpr std::size_t kHeaderBytes = NLMSG_HDRLEN;
constexpr std::uint32_t kReadLogGroup = 1;  // the bit of AUDIT_NLGRP_READLOG in nl_groups

std::string command_line() {
  const UniqueFd file(::open("/proc/cmdline", O_RDONLY | O_CLOEXEC));
  char text[4096];  // COMMAND_LINE_SIZE is at most that
  const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text) : -1;
  return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::unexpected<base::Error> no_socket(int error) {
  if (error == EPROTONOSUPPORT && is_audit_off(command_line())) {
    return base::fail(ErrorCode::kernel,
                      "auditing is disabled at boot (audit=0 on the kernel's command line): the "
                      "kernel records no denial of any container",
                      "take audit=0 out of the boot loader's configuration and boot again");
  }
  errno = error;
  return base::fail_errno(ErrorCode::kernel, "open", "the audit socket",
                          "this kernel may be built without CONFIG_AUDIT");
}

Result<UniqueFd> open_netlink(std::uint32_t groups, int flags) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_AUDIT));
  if (!fd.valid()) return no_socket(errno);
  sockaddr_nl address{.nl_family = AF_NETLINK, .nl_groups = groups};
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::fail_errno(ErrorCode::kernel, "listen to", "the audit records",
                            "run as root with CAP_AUDIT_READ, in the initial namespaces");
  }
  return fd;
}

// SO_RCVBUFFORCE goes beyond net.core.rmem_max but needs CAP_NET_ADMIN.
void enlarge_receive_buffer(int fd, std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) == 0) return;
  (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

std::size_t granted_receive_buffer(int fd) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0) return 0;
  return static_cast<std::size_t>(bytes) / 2;  // the kernel doubles it (socket(7))
}

}  // namespace

bool is_audit_off(std::string_view command_line) {
  constexpr std::string_view kKey = "audit=";
  bool off = false;
  while (!command_line.empty()) {
    const std::size_t end = std::min(command_line.find_first_of(" \t\n"), command_line.size());
    std::string_view word = command_line.substr(0, end);
    command_line.remove_prefix(std::min(end + 1, command_line.size()));
    if (word == "--") break;  // what follows is for init
    if (!word.starts_with(kKey)) continue;
    word.remove_prefix(kKey.size());
    off = word == "0" || (word.size() == 3 && ::strncasecmp(word.data(), "off", 3) == 0);
  }
  return off;
}

struct AuditSocket::Buffers {
  std::array<std::array<char, kMessageBytes>, kBatch> bytes;
  std::array<sockaddr_nl, kBatch> senders;
  std::array<iovec, kBatch> vectors;
  std::array<mmsghdr, kBatch> headers;

  void prepare() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {bytes[i].data(), kMessageBytes};
      headers[i] = {};
      headers[i].msg_hdr.msg_name = &senders[i];
      headers[i].msg_hdr.msg_namelen = sizeof senders[i];
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

AuditSocket::AuditSocket(UniqueFd fd)
    : fd_(std::move(fd)),
      receive_buffer_bytes_(granted_receive_buffer(fd_.get())),
      buffers_(std::make_shared<Buffers>()) {}

Result<AuditSocket> AuditSocket::open(std::size_t receive_buffer_bytes) {
  auto fd = open_netlink(kReadLogGroup, SOCK_NONBLOCK);
  if (!fd) return std::unexpected(std::move(fd.error()));
  enlarge_receive_buffer(fd->get(), receive_buffer_bytes);
  return AuditSocket(std::move(*fd));
}

Result<AuditSocket::Batch> AuditSocket::read() {
  Buffers& buffers = *buffers_;
  buffers.prepare();
  messages_.clear();
  Batch batch;
  const int count = ::recvmmsg(fd_.get(), buffers.headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    batch.overflowed = errno == ENOBUFS;
    if (batch.overflowed || errno == EAGAIN || errno == EINTR) return batch;
    return base::fail_errno(ErrorCode::kernel, "read", "the audit records");
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::size_t size = buffers.headers[i].msg_len;
    if (buffers.senders[i].nl_pid != 0 || size < kHeaderBytes) {
      ++batch.foreign;
      continue;
    }
    // nlmsg_len is not looked at: kernels differ in whether it counts the header. One datagram
    // holds one record.
    nlmsghdr header{};
    std::memcpy(&header, buffers.bytes[i].data(), sizeof header);
    messages_.push_back({header.nlmsg_type, std::string_view(buffers.bytes[i].data() + kHeaderBytes,
                                                             size - kHeaderBytes)});
  }
  batch.messages = messages_;
  return batch;
}

// ---- status -------------------------------------------------------------------------------------

namespace {

struct StatusMessage {
  nlmsghdr header;
  audit_status status;
};

constexpr timeval kReplyTimeout = {.tv_sec = 1, .tv_usec = 0};

Result<UniqueFd> ask(std::uint16_t type, const audit_status* status) {
  auto fd = open_netlink(0, 0);
  if (!fd) return fd;
  (void)::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &kReplyTimeout, sizeof kReplyTimeout);
  StatusMessage message{};
  const std::size_t payload = status == nullptr ? 0 : sizeof *status;
  message.header = {.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(payload)),
                    .nlmsg_type = type,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
  if (status != nullptr) message.status = *status;
  sockaddr_nl kernel{.nl_family = AF_NETLINK};
  if (::sendto(fd->get(), &message, message.header.nlmsg_len, 0,
               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    return base::fail_errno(ErrorCode::kernel, "ask the kernel for", "the audit status");
  }
  return fd;
}

std::unexpected<base::Error> refused(int error) {
  errno = error;
  return base::fail_errno(ErrorCode::kernel, "get or set", "the audit status",
                          "it takes CAP_AUDIT_CONTROL in the initial pid namespace");
}

struct Answer {
  bool acknowledged = false;
  std::optional<AuditStatus> status;
};

Result<void> take_message(const char* bytes, std::size_t size, Answer& answer) {
  nlmsghdr header{};
  std::memcpy(&header, bytes, sizeof header);
  const std::size_t payload = size - kHeaderBytes;
  if (header.nlmsg_type == AUDIT_GET) {
    audit_status status{};  // older kernels send less of it
    std::memcpy(&status, bytes + kHeaderBytes, std::min(payload, sizeof status));
    answer.status = {.enabled = status.enabled != 0,
                     .backlog_limit = status.backlog_limit,
                     .backlog = status.backlog,
                     .lost = status.lost,
                     .daemon_pid = status.pid};
  } else if (header.nlmsg_type == NLMSG_ERROR && payload >= sizeof(int)) {
    int error = 0;
    std::memcpy(&error, bytes + kHeaderBytes, sizeof error);
    if (error != 0) return refused(-error);
    answer.acknowledged = true;
  }
  return {};
}

// The acknowledgement and the status come in either order: the kernel sends the status from a
// thread of its own (audit.c, audit_send_reply).
Result<Answer> answer_on(const UniqueFd& fd, bool with_status) {
  Answer answer;
  for (int i = 0; i < 16; ++i) {
    if (answer.acknowledged && (answer.status || !with_status)) return answer;
    alignas(nlmsghdr) char bytes[1024];
    const ssize_t size = ::recv(fd.get(), bytes, sizeof bytes, 0);
    if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) break;
    if (auto taken = take_message(bytes, static_cast<std::size_t>(size), answer); !taken) {
      return std::unexpected(std::move(taken.error()));
    }
  }
  return base::fail(ErrorCode::kernel, "the kernel did not answer for its audit status");
}

}  // namespace

Result<AuditStatus> read_audit_status() {
  const auto fd = ask(AUDIT_GET, nullptr);
  if (!fd) return std::unexpected(fd.error());
  const auto answer = answer_on(*fd, true);
  if (!answer) return std::unexpected(answer.error());
  return *answer->status;
}

Result<void> set_audit_backlog_limit(std::uint32_t limit) {
  audit_status status{};
  status.mask = AUDIT_STATUS_BACKLOG_LIMIT;
  status.backlog_limit = limit;
  const auto fd = ask(AUDIT_SET, &status);
  if (!fd) return std::unexpected(fd.error());
  const auto answer = answer_on(*fd, false);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

}  // namespace bulkhead::kernel
