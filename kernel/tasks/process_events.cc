#include "kernel/tasks/process_events.h"

#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace bulkhead::kernel {

namespace {

using base::ErrorCode;
using base::Result;
using base::UniqueFd;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kMessageBytes = 256;

// struct proc_event behind struct nlmsghdr and struct cn_msg. The values of proc_event::what moved
// into an enum of their own in Linux 6.6; they are the same.
constexpr std::uint32_t kEvent = NLMSG_HDRLEN + sizeof(cn_msg);
constexpr std::uint32_t kWhat = kEvent;
constexpr std::uint32_t kData = kEvent + 16;
constexpr std::uint32_t kFork = 0x00000001;
constexpr std::uint32_t kExec = 0x00000002;
constexpr std::uint32_t kExit = 0x80000000;

// Offsets within the event's data: exec and exit begin with the task's pid and tgid, fork with
// those of the parent.
constexpr std::uint32_t kTask = kData;
constexpr std::uint32_t kGroup = kData + 4;
constexpr std::uint32_t kChildTask = kData + 8;
constexpr std::uint32_t kChildGroup = kData + 12;

constexpr sock_filter load(std::uint32_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, offset};
}
constexpr sock_filter answer(std::uint32_t bytes) { return {BPF_RET | BPF_K, 0, 0, bytes}; }
constexpr sock_filter to_x() { return {BPF_MISC | BPF_TAX, 0, 0, 0}; }

// Loads are big-endian (bpf(4)), so constants are swapped; words of the message compare as they
// are.
Result<void> keep_processes_only(int fd) {
  constexpr std::uint16_t kIsConstant = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr std::uint16_t kIsX = BPF_JMP | BPF_JEQ | BPF_X;
  sock_filter code[] = {
      load(kWhat),                         // 0
      {kIsConstant, 11, 0, htonl(kExec)},  // 1: keep
      {kIsConstant, 5, 0, htonl(kExit)},   // 2: to 8
      {kIsConstant, 0, 8, htonl(kFork)},   // 3: anything else: drop
      load(kChildTask),                    // 4
      to_x(),                              // 5
      load(kChildGroup),                   // 6
      {kIsX, 5, 4, 0},                     // 7: a process, or a thread
      load(kTask),                         // 8
      to_x(),                              // 9
      load(kGroup),                        // 10
      {kIsX, 1, 0, 0},                     // 11
      answer(0),                           // 12: drop
      answer(0xffffffff),                  // 13: keep
  };
  const sock_fprog program = {static_cast<unsigned short>(std::size(code)), code};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) return {};
  return base::fail_errno(ErrorCode::kernel, "attach a filter to", "the process connector");
}

std::unexpected<base::Error> no_connector(std::string_view why) {
  return base::fail(ErrorCode::kernel, base::cat("the kernel tells nothing about processes: ", why),
                    "run as root with CAP_NET_ADMIN in the initial pid namespace, on a kernel with "
                    "CONFIG_PROC_EVENTS");
}

Result<void> subscribe(int fd) {
  constexpr std::uint32_t kOperation = PROC_CN_MCAST_LISTEN;
  constexpr std::size_t kSize = kEvent + sizeof kOperation;
  const nlmsghdr header = {.nlmsg_len = kSize, .nlmsg_type = NLMSG_DONE};
  const cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof kOperation};
  char request[kSize];
  std::memcpy(request, &header, sizeof header);
  std::memcpy(request + NLMSG_HDRLEN, &message, sizeof message);
  std::memcpy(request + kEvent, &kOperation, sizeof kOperation);
  if (::send(fd, request, kSize, 0) == static_cast<ssize_t>(kSize)) return {};
  return no_connector(base::errno_text(errno));
}

std::uint32_t word_at(const char* bytes, std::size_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes + offset, sizeof word);
  return word;
}

// Whether there is something to read before `until`.
bool is_readable(int fd, Clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
  pollfd source = {.fd = fd, .events = POLLIN, .revents = 0};
  return left > 0 && ::poll(&source, 1, static_cast<int>(left)) > 0;
}

// The errno in an acknowledgement, which is an event of kind 0; nothing for any other message.
std::optional<int> acknowledged(int fd) {
  char bytes[kMessageBytes];
  const ssize_t size = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(kData + sizeof(std::uint32_t))) return std::nullopt;
  if (word_at(bytes, kWhat) != 0) return std::nullopt;
  return static_cast<int>(word_at(bytes, kData));
}

// Others' subscriptions may bring any number of events of processes before it, or instead of it:
// the kernel ignores who asks from another namespace.
Result<void> await_acknowledgement(int fd) {
  constexpr std::chrono::seconds kPatience(1);
  const Clock::time_point until = Clock::now() + kPatience;
  while (is_readable(fd, until)) {
    const auto error = acknowledged(fd);
    if (error == 0) return {};
    if (error) return no_connector(base::errno_text(*error));
  }
  return no_connector("it did not acknowledge the subscription");
}

void enlarge_receive_buffer(int fd, std::size_t bytes) {
  const int wanted = static_cast<int>(bytes);
  (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted);
}

// Nothing for a message that is no process event of those we know.
std::optional<ProcessEvent> event_in(const char* bytes, std::size_t size) {
  if (size < kChildGroup + sizeof(std::uint32_t)) return std::nullopt;
  ProcessEvent event;
  std::memcpy(&event.time_ns, bytes + kWhat + 8, sizeof event.time_ns);
  const auto pid_at = [&](std::uint32_t offset) {
    return static_cast<pid_t>(word_at(bytes, offset));
  };
  switch (word_at(bytes, kWhat)) {
    case kFork:
      event.kind = ProcessEventKind::forked;
      event.pid = pid_at(kChildGroup);
      event.parent = pid_at(kGroup);
      return event;
    case kExec: event.kind = ProcessEventKind::executed; break;
    case kExit: event.kind = ProcessEventKind::exited; break;
    default: return std::nullopt;
  }
  event.pid = pid_at(kGroup);
  return event;
}

}  // namespace

Result<ProcessEvents> ProcessEvents::open(std::size_t receive_buffer_bytes) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
  if (!fd.valid()) return no_connector(base::errno_text(errno));
  enlarge_receive_buffer(fd.get(), receive_buffer_bytes);
  sockaddr_nl address{.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return no_connector(base::errno_text(errno));
  }
  if (auto done = subscribe(fd.get()); !done) return std::unexpected(done.error());
  if (auto done = await_acknowledgement(fd.get()); !done) return std::unexpected(done.error());
  if (auto done = keep_processes_only(fd.get()); !done) return std::unexpected(done.error());
  return ProcessEvents(std::move(fd));
}

Result<ProcessEvents::Batch> ProcessEvents::read() {
  char bytes[kBatch][kMessageBytes];
  sockaddr_nl senders[kBatch];
  iovec vectors[kBatch];
  mmsghdr headers[kBatch] = {};
  for (std::size_t i = 0; i < kBatch; ++i) {
    vectors[i] = {bytes[i], kMessageBytes};
    headers[i].msg_hdr.msg_name = &senders[i];
    headers[i].msg_hdr.msg_namelen = sizeof senders[i];
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  events_.clear();
  Batch batch;
  const int count = ::recvmmsg(fd_.get(), headers, kBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    batch.overflowed = errno == ENOBUFS;
    batch.drained = !batch.overflowed;
    if (batch.overflowed || errno == EAGAIN || errno == EINTR) return batch;
    return base::fail_errno(ErrorCode::kernel, "read", "the process connector");
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if (senders[i].nl_pid != 0) continue;  // not from the kernel
    if (const auto event = event_in(bytes[i], headers[i].msg_len)) events_.push_back(*event);
  }
  batch.events = events_;
  batch.drained = static_cast<std::size_t>(count) < kBatch;
  return batch;
}

}  // namespace bulkhead::kernel
