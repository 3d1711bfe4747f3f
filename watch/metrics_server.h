// Serves one text over HTTP to whoever connects, from inside the poll(2) loop of a program whose
// work is something else. It never waits: what a scraper does or does not do costs that work at
// most one round of a few sends.
//
// Bounds for each peer, that is an address without its port or the user at the other end of a
// socket: kMostOfOnePeer connections at once; one more takes the place of that peer's oldest.
//
// Bounds for all together: kMostConnections at once (one more takes the place of the oldest of the
// peer that has most), kAcceptsAtOnce per kAcceptEveryNs, kMostReads reads per request,
// kMaxRequestBytes, and kDeadlineNs from accept to end. Until something is due, the kernel keeps
// it: a flood of connections fills the listener's backlog, not this process.
//
// Does not protect against: whoever reaches the address reads the text. It is neither encrypted nor
// authenticated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "policy/settings/metrics_address.h"

namespace bulkhead::watch {

class MetricsServer {
 public:
  static constexpr std::size_t kMostConnections = 32;
  static constexpr std::size_t kMostOfOnePeer = 8;
  static constexpr unsigned kAcceptsAtOnce = 4;
  static constexpr std::uint64_t kAcceptEveryNs = 50'000'000;
  static constexpr std::uint64_t kDeadlineNs = 10'000'000'000;
  static constexpr unsigned kMostReads = 16;

  // A socket of a watcher that was killed is replaced; anything else at the path is an error. The
  // socket gets mode 0660 and is removed again by the destructor. Error: io, with what to do.
  [[nodiscard]] static base::Result<std::unique_ptr<MetricsServer>> listen(
      const policy::MetricsAddress& address);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // Readable when work() has something to do, deadlines included.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  // `text` is called at most once, and only when a scraper asks for it.
  void work(std::uint64_t now_ns, const std::function<std::string()>& text);

  [[nodiscard]] std::uint64_t served() const { return served_; }
  // Connections that ended without the metrics: too slow, the oldest of too many, no request.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Connection {
    base::UniqueFd fd;
    std::string peer;
    std::uint64_t number = 0;  // in the epoll set; never used twice
    std::uint64_t deadline_ns = 0;
    unsigned reads = 0;
    std::string request;
    std::string answer;
    std::size_t sent = 0;
    bool good = false;  // it gets the metrics
  };
  enum class Progress : std::uint8_t { waits, done, failed };

  MetricsServer(base::UniqueFd listener, base::UniqueFd epoll, base::UniqueFd timer,
                std::string socket_path);
  void accept_some(std::uint64_t now_ns);
  void take(base::UniqueFd fd, std::uint64_t now_ns);
  void make_room_for(const std::string& peer);
  [[nodiscard]] std::size_t connections_of(const std::string& peer) const;
  void close_oldest_of(const std::string& peer);
  void let_accept();
  [[nodiscard]] Progress advance(Connection& connection, const std::function<std::string()>& text);
  [[nodiscard]] Progress read(Connection& connection, const std::function<std::string()>& text);
  [[nodiscard]] Progress send(Connection& connection);
  void close(std::uint64_t number, Progress how);
  void expire(std::uint64_t now_ns);
  void set_timer(std::uint64_t now_ns);

  base::UniqueFd listener_;
  base::UniqueFd epoll_;
  base::UniqueFd timer_;
  std::string socket_path_;              // empty for TCP
  std::vector<Connection> connections_;  // the oldest first
  std::uint64_t next_number_ = 2;        // after the listener's and the timer's
  std::uint64_t accept_due_ns_ = 0;      // 0: the listener is in the epoll set
  std::uint64_t served_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace bulkhead::watch
