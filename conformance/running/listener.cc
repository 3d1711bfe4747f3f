#include "conformance/running/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/json_writer.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kMostDescriptors = 16;
constexpr int kBacklog = 8;

Result<UniqueFd> listen_at(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof(address.sun_path)) {
    return base::fail(ErrorCode::invalid_input,
                      cat(base::quoted(path), " is too long for the path of a socket"),
                      "let bundles lie in a directory with a shorter path");
  }
  path.copy(address.sun_path, path.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  if (!socket.valid() || ::bind(socket.get(), at, sizeof(address)) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return base::fail_errno(ErrorCode::io, "listen at", path);
  }
  return socket;
}

void take_descriptors(msghdr& message, std::vector<UniqueFd>& into) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
    std::vector<int> numbers((one->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(numbers.data(), CMSG_DATA(one), numbers.size() * sizeof(int));
    for (const int number : numbers) into.emplace_back(number);
  }
}

std::string name_of_call(const seccomp_data& call) {
  const auto number = static_cast<std::uint32_t>(call.nr);
  const std::string_view name = policy::call_name(call.arch, number);
  return name.empty() ? cat(number) : std::string(name);
}

pollfd readable(const UniqueFd& file) { return {.fd = file.get(), .events = POLLIN, .revents = 0}; }

}  // namespace

Listener::Listener(UniqueFd socket, ListenerAnswer answer)
    : socket_(std::move(socket)), answer_(answer) {}

Result<std::unique_ptr<Listener>> Listener::open(const std::string& path, ListenerAnswer answer) {
  auto socket = listen_at(path);
  if (!socket) return std::unexpected(std::move(socket.error()));
  std::unique_ptr<Listener> listener(new Listener(std::move(*socket), answer));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno(ErrorCode::kernel, "make", "a pipe");
  listener->asked_to_end_.reset(ends[0]);
  listener->end_.reset(ends[1]);
  listener->thread_ = std::thread([&it = *listener] { it.serve(); });
  return listener;
}

void Listener::end() {
  end_.reset();
  if (thread_.joinable()) thread_.join();
}

void Listener::serve() {
  bool ending = false;
  while (serve_what_waits(ending) || !ending) {
    pollfd asked = readable(asked_to_end_);
    ending = ::poll(&asked, 1, 0) > 0;
  }
}

// What is no descriptor any more is left out of poll(2). Waits, unless it is asked to end; false
// where nothing waited.
bool Listener::serve_what_waits(bool ending) {
  std::vector<pollfd> files = {readable(socket_)};
  for (const Connection& one : connections_) files.push_back(readable(one.socket));
  for (const UniqueFd& one : notifiers_) files.push_back(readable(one));
  if (!ending) files.push_back(readable(asked_to_end_));
  if (::poll(files.data(), files.size(), ending ? 0 : -1) <= 0) return false;
  const std::size_t connections = connections_.size();
  const std::size_t notifiers = notifiers_.size();
  for (std::size_t i = 0; i < notifiers; ++i) {
    const short ready = files[1 + connections + i].revents;
    if ((ready & POLLIN) != 0) answer_at(notifiers_[i]);
    if (ready != 0 && (ready & POLLIN) == 0) notifiers_[i].reset();
  }
  for (std::size_t i = 0; i < connections; ++i) {
    if (files[1 + i].revents != 0) take_from(connections_[i]);
  }
  if (files[0].revents != 0) accept();
  return true;
}

void Listener::accept() {
  UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.valid()) connections_.push_back({.socket = std::move(socket)});
}

void Listener::take_from(Connection& connection) {
  std::array<char, 65536> bytes{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> control{};
  iovec into{.iov_base = bytes.data(), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(connection.socket.get(), &message, MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return connection.socket.reset();
  connection.text.append(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t before = notifiers_.size();
  take_descriptors(message, notifiers_);
  connection.descriptors += notifiers_.size() - before;
}

// A descriptor that is none of seccomp's is closed.
void Listener::answer_at(UniqueFd& notifier) {
  seccomp_notif call{};
  if (::ioctl(notifier.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
    if (errno != EINTR && errno != ENOENT) notifier.reset();
    return;
  }
  calls_.push_back(name_of_call(call.data));
  seccomp_notif_resp answer{.id = call.id,
                            .val = answer_.error == 0 ? answer_.value : 0,
                            .error = -static_cast<int>(answer_.error),
                            .flags = 0};
  (void)::ioctl(notifier.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

std::string Listener::report() {
  end();
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("connections");
  for (const Connection& one : connections_) {
    json.begin_object();
    json.member("closed", !one.socket.valid());
    json.member("descriptors", one.descriptors);
    if (oci_config::JsonDocument::parse(one.text, {})) json.member_raw("state", one.text);
    json.end_object();
  }
  json.end_array();
  json.strings("calls", calls_);
  json.end_object();
  return json.take();
}

Result<std::unique_ptr<Listener>> listener_of(const Case& one, const std::string& directory) {
  if (!one.listener) return nullptr;
  return Listener::open(cat(directory, "/listener"), one.listener->answer);
}

}  // namespace bulkhead::conformance
