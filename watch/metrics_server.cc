#include "watch/metrics_server.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "audit/metrics/scrape.h"
#include "base/text.h"

namespace bulkhead::watch {

using base::ErrorCode;
using base::Result;
using base::UniqueFd;
using policy::MetricsAddress;
using policy::MetricsFamily;

namespace {

constexpr std::uint64_t kListenerNumber = 0;
constexpr std::uint64_t kTimerNumber = 1;
constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr int kBacklog = 128;
constexpr mode_t kSocketMode = 0660;

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

template <class T>
SocketAddress address_of(const T& address) {
  SocketAddress out{.bytes = {}, .size = sizeof address};
  std::memcpy(&out.bytes, &address, sizeof address);
  return out;
}

SocketAddress socket_address(const MetricsAddress& address) {
  switch (address.family) {
    case MetricsFamily::unix_socket: {
      sockaddr_un local{.sun_family = AF_UNIX, .sun_path = {}};
      address.host.copy(local.sun_path, sizeof local.sun_path - 1);
      return address_of(local);
    }
    case MetricsFamily::ipv4: {
      sockaddr_in inet{.sin_family = AF_INET, .sin_port = htons(address.port)};
      ::inet_pton(AF_INET, address.host.c_str(), &inet.sin_addr);
      return address_of(inet);
    }
    case MetricsFamily::ipv6: {
      sockaddr_in6 inet6{.sin6_family = AF_INET6, .sin6_port = htons(address.port)};
      ::inet_pton(AF_INET6, address.host.c_str(), &inet6.sin6_addr);
      return address_of(inet6);
    }
  }
  return {};
}

// Two watchers never run at once (audit/records/watch_lock.h), so a socket that is there is a dead
// one's.
Result<void> remove_dead_socket(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return base::fail(ErrorCode::io, base::cat(base::quoted(path), " is there and is no socket"),
                      "remove it, or name another socket in metrics.listen");
  }
  if (::unlink(path.c_str()) != 0) return base::fail_errno(ErrorCode::io, "remove", path);
  return {};
}

std::unexpected<base::Error> cannot_listen(const MetricsAddress& address) {
  const bool is_forbidden = errno == EAFNOSUPPORT || errno == EACCES || errno == EPERM;
  return base::fail_errno(
      ErrorCode::io, "serve metrics at", policy::text_of(address),
      is_forbidden ? "under systemd, the unit's limits must allow it: see bulkhead-watch(8)" : "");
}

Result<UniqueFd> open_listener(const MetricsAddress& address) {
  const bool is_socket = address.family == MetricsFamily::unix_socket;
  if (is_socket) {
    if (auto removed = remove_dead_socket(address.host); !removed) {
      return std::unexpected(removed.error());
    }
  }
  const SocketAddress where = socket_address(address);
  UniqueFd fd(::socket(where.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return cannot_listen(address);
  const int on = 1;
  if (!is_socket) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.family == MetricsFamily::ipv6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where.bytes), where.size) != 0) {
    return cannot_listen(address);
  }
  // Nobody can connect before listen(2), so nobody sees it with another mode.
  if (is_socket && ::chmod(address.host.c_str(), kSocketMode) != 0) return cannot_listen(address);
  if (::listen(fd.get(), kBacklog) != 0) return cannot_listen(address);
  return fd;
}

template <class T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// The address without its port; of a socket the user. What the kernel does not tell is one peer.
std::string peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family == AF_INET) {
    return bytes_of(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  }
  if (address.ss_family == AF_INET6) {
    return bytes_of(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  }
  ucred user{};
  size = sizeof user;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size) != 0) return {};
  return bytes_of(user.uid);
}

bool watch_for(int epoll, int operation, int fd, std::uint32_t events, std::uint64_t number) {
  epoll_event event{.events = events, .data = {.u64 = number}};
  return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(const MetricsAddress& address) {
  auto listener = open_listener(address);
  if (!listener) return std::unexpected(std::move(listener.error()));
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  // The listener falls silent after each connection, until let_accept().
  if (!epoll.valid() || !timer.valid() ||
      !watch_for(epoll.get(), EPOLL_CTL_ADD, listener->get(), EPOLLIN | EPOLLONESHOT,
                 kListenerNumber) ||
      !watch_for(epoll.get(), EPOLL_CTL_ADD, timer.get(), EPOLLIN, kTimerNumber)) {
    return cannot_listen(address);
  }
  const bool is_socket = address.family == MetricsFamily::unix_socket;
  return std::unique_ptr<MetricsServer>(
      new MetricsServer(*std::move(listener), std::move(epoll), std::move(timer),
                        is_socket ? address.host : std::string()));
}

MetricsServer::MetricsServer(UniqueFd listener, UniqueFd epoll, UniqueFd timer,
                             std::string socket_path)
    : listener_(std::move(listener)),
      epoll_(std::move(epoll)),
      timer_(std::move(timer)),
      socket_path_(std::move(socket_path)) {}

MetricsServer::~MetricsServer() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

void MetricsServer::work(std::uint64_t now_ns, const std::function<std::string()>& text) {
  std::string made;
  const auto once = [&] {
    if (made.empty()) made = text();
    return made;
  };
  epoll_event events[kMostConnections + 2];
  const int count = ::epoll_wait(epoll_.get(), events, std::size(events), 0);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t number = events[i].data.u64;
    if (number == kListenerNumber) accept_some(now_ns);
    const auto connection = std::ranges::find(connections_, number, &Connection::number);
    if (connection == connections_.end()) continue;
    if (const auto how = advance(*connection, once); how != Progress::waits) close(number, how);
  }
  expire(now_ns);
  set_timer(now_ns);
}

void MetricsServer::accept_some(std::uint64_t now_ns) {
  accept_due_ns_ = now_ns + kAcceptEveryNs;
  for (unsigned i = 0; i < kAcceptsAtOnce; ++i) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid()) return;
    take(std::move(fd), now_ns);
  }
}

void MetricsServer::take(UniqueFd fd, std::uint64_t now_ns) {
  std::string peer = peer_of(fd.get());
  make_room_for(peer);
  const std::uint64_t number = next_number_++;
  if (!watch_for(epoll_.get(), EPOLL_CTL_ADD, fd.get(), EPOLLIN, number)) return;
  connections_.push_back({.fd = std::move(fd),
                          .peer = std::move(peer),
                          .number = number,
                          .deadline_ns = now_ns + kDeadlineNs});
}

void MetricsServer::make_room_for(const std::string& peer) {
  if (connections_of(peer) == kMostOfOnePeer) return close_oldest_of(peer);
  if (connections_.size() < kMostConnections) return;
  close_oldest_of(std::ranges::max_element(connections_, {}, [&](const Connection& connection) {
                    return connections_of(connection.peer);
                  })->peer);
}

std::size_t MetricsServer::connections_of(const std::string& peer) const {
  return static_cast<std::size_t>(std::ranges::count(connections_, peer, &Connection::peer));
}

void MetricsServer::close_oldest_of(const std::string& peer) {
  close(std::ranges::find(connections_, peer, &Connection::peer)->number, Progress::failed);
}

void MetricsServer::let_accept() {
  accept_due_ns_ = 0;
  watch_for(epoll_.get(), EPOLL_CTL_MOD, listener_.get(), EPOLLIN | EPOLLONESHOT, kListenerNumber);
}

MetricsServer::Progress MetricsServer::advance(Connection& connection,
                                               const std::function<std::string()>& text) {
  if (!connection.answer.empty()) return send(connection);
  const Progress progress = read(connection, text);
  return connection.answer.empty() ? progress : send(connection);
}

MetricsServer::Progress MetricsServer::read(Connection& connection,
                                            const std::function<std::string()>& text) {
  char buffer[audit::kMaxRequestBytes];
  const ssize_t count = ::recv(connection.fd.get(), buffer, sizeof buffer, 0);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Progress::waits : Progress::failed;
  if (count == 0 || ++connection.reads > kMostReads) return Progress::failed;
  connection.request.append(buffer, static_cast<std::size_t>(count));
  const auto kind = audit::read_request(connection.request);
  connection.good = kind == audit::ScrapeKind::metrics || kind == audit::ScrapeKind::head;
  connection.answer = audit::answer_to(kind, text);
  return Progress::waits;
}

MetricsServer::Progress MetricsServer::send(Connection& connection) {
  const std::string_view rest = std::string_view(connection.answer).substr(connection.sent);
  const ssize_t count = ::send(connection.fd.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EINTR) return Progress::failed;
  connection.sent += count > 0 ? static_cast<std::size_t>(count) : 0;
  if (connection.sent == connection.answer.size()) return Progress::done;
  watch_for(epoll_.get(), EPOLL_CTL_MOD, connection.fd.get(), EPOLLOUT, connection.number);
  return Progress::waits;
}

void MetricsServer::close(std::uint64_t number, Progress how) {
  const auto connection = std::ranges::find(connections_, number, &Connection::number);
  ++(how == Progress::done && connection->good ? served_ : dropped_);
  connections_.erase(connection);
}

void MetricsServer::expire(std::uint64_t now_ns) {
  while (!connections_.empty() && connections_.front().deadline_ns <= now_ns) {
    close(connections_.front().number, Progress::failed);
  }
  if (accept_due_ns_ > 0 && accept_due_ns_ <= now_ns) let_accept();
}

// Sleeps without a wake-up while nobody is connected.
void MetricsServer::set_timer(std::uint64_t now_ns) {
  std::uint64_t due = accept_due_ns_;
  if (due == 0 && !connections_.empty()) due = connections_.front().deadline_ns;
  const std::uint64_t wait = due == 0 ? 0 : due > now_ns ? due - now_ns : 1;
  const itimerspec once{.it_interval = {},
                        .it_value = {.tv_sec = static_cast<time_t>(wait / kNsPerSecond),
                                     .tv_nsec = static_cast<long>(wait % kNsPerSecond)}};
  ::timerfd_settime(timer_.get(), 0, &once, nullptr);
}

}  // namespace bulkhead::watch
