#include "watch/metrics_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "audit/metrics/scrape.h"
#include "base/text.h"

namespace bulkhead::watch {
namespace {

using base::UniqueFd;

constexpr std::uint64_t kStep = MetricsServer::kAcceptEveryNs;
const std::string kRequest = "GET /metrics HTTP/1.1\r\n\r\n";

// A server whose clock is the test's.
class Clocked {
 public:
  void listen(const policy::MetricsAddress& address) {
    auto listening = MetricsServer::listen(address);
    REQUIRE(listening.has_value());
    server = *std::move(listening);
  }
  void rounds(int count, std::uint64_t step = kStep) {
    for (int i = 0; i < count; ++i) {
      now += step;
      server->work(now, [&] {
        ++texts;
        return text;
      });
    }
  }

  std::unique_ptr<MetricsServer> server;
  std::uint64_t now = 1;
  std::string text = "metric 1\n";
  int texts = 0;
};

// At a socket.
class Served : public Clocked {
 public:
  Served() {
    char name[] = "/tmp/bulkhead-metrics-XXXXXX";
    directory_ = ::mkdtemp(name);
    listen(address());
  }
  ~Served() {
    server.reset();
    std::filesystem::remove_all(directory_);
  }
  [[nodiscard]] policy::MetricsAddress address() const {
    return {policy::MetricsFamily::unix_socket, path(), 0};
  }
  [[nodiscard]] std::string path() const { return directory_ + "/m.sock"; }
  [[nodiscard]] UniqueFd connect() const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un there{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(there.sun_path, sizeof there.sun_path - 1);
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&there), sizeof there) == 0);
    return fd;
  }

 private:
  std::string directory_;
};

// At a port of 127.0.0.1.
class ServedOverTcp : public Clocked {
 public:
  ServedOverTcp() {
    port_ = free_port();
    listen({policy::MetricsFamily::ipv4, "127.0.0.1", port_});
  }
  [[nodiscard]] UniqueFd connect_from(const std::string& address) const {
    UniqueFd fd = bound_to(address, 0);
    const sockaddr_in there = inet("127.0.0.1", port_);
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0);
    REQUIRE(::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0);
    return fd;
  }

 private:
  static sockaddr_in inet(const std::string& address, std::uint16_t port) {
    sockaddr_in made{.sin_family = AF_INET, .sin_port = htons(port)};
    ::inet_pton(AF_INET, address.c_str(), &made.sin_addr);
    return made;
  }
  static std::uint16_t free_port() {
    const UniqueFd probe = bound_to("127.0.0.1", 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return ntohs(address.sin_port);
  }
  static UniqueFd bound_to(const std::string& address, std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in here = inet(address, port);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0);
    return fd;
  }
  std::uint16_t port_ = 0;
};

void say(const UniqueFd& to, const std::string& bytes) {
  REQUIRE(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

// Everything that has arrived; "…" at the end while the connection is open.
std::string heard(const UniqueFd& from) {
  std::string all;
  char buffer[65536];
  while (true) {
    const ssize_t count = ::recv(from.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return count == 0 ? all : all + "…";
    all.append(buffer, static_cast<std::size_t>(count));
  }
}

TEST_CASE("who asks for the metrics gets them, and the connection ends") {
  Served served;
  const UniqueFd client = served.connect();
  say(client, kRequest);
  served.rounds(3);
  CHECK(heard(client) == audit::answer_to(audit::ScrapeKind::metrics, [&] { return served.text; }));
  CHECK(served.server->served() == 1);
  CHECK(served.server->dropped() == 0);
}

TEST_CASE("a request may arrive in pieces; without its end nothing is made") {
  Served served;
  const UniqueFd client = served.connect();
  say(client, kRequest.substr(0, 10));
  served.rounds(3);
  CHECK(heard(client) == "…");
  CHECK(served.texts == 0);
  say(client, kRequest.substr(10));
  served.rounds(2);
  CHECK_THAT(heard(client), Catch::EndsWith("metric 1\n"));
}

TEST_CASE("another path is answered, costs no text and counts as dropped") {
  Served served;
  const UniqueFd client = served.connect();
  say(client, "GET / HTTP/1.1\r\n\r\n");
  served.rounds(3);
  CHECK_THAT(heard(client), Catch::StartsWith("HTTP/1.1 404 "));
  CHECK(served.texts == 0);
  CHECK(served.server->served() == 0);
  CHECK(served.server->dropped() == 1);
}

TEST_CASE("a client that reads nothing holds up no other, and is let go after ten seconds") {
  Served served;
  served.text = std::string(8 << 20, 'x');  // more than a socket holds
  const UniqueFd stuck = served.connect();
  say(stuck, kRequest);
  served.rounds(5);
  served.text = "metric 2\n";
  const UniqueFd other = served.connect();
  say(other, kRequest);
  served.rounds(3);
  CHECK_THAT(heard(other), Catch::EndsWith("metric 2\n"));
  CHECK(served.server->dropped() == 0);
  served.rounds(1, MetricsServer::kDeadlineNs);
  CHECK(served.server->dropped() == 1);
  const std::string got = heard(stuck);
  CHECK(got.size() < (8 << 20));
  CHECK_FALSE(got.ends_with("…"));
}

TEST_CASE("a large text reaches a client that reads slowly") {
  Served served;
  served.text = std::string(4 << 20, 'y') + "\n";
  const UniqueFd client = served.connect();
  say(client, kRequest);
  std::string got;
  for (int i = 0; i < 100 && !got.ends_with("y\n"); ++i) {
    served.rounds(1);
    const std::string piece = heard(client);
    got += piece.ends_with("…") ? piece.substr(0, piece.size() - 3) : piece;
  }
  CHECK(got.size() > (4 << 20));
  CHECK(served.texts == 1);
  CHECK(served.server->served() == 1);
}

TEST_CASE("two scrapers at once get one text") {
  Served served;
  const UniqueFd one = served.connect();
  served.rounds(2);
  const UniqueFd other = served.connect();
  served.rounds(2);
  say(one, kRequest);
  say(other, kRequest);
  served.rounds(1);
  CHECK_THAT(heard(one), Catch::EndsWith("metric 1\n"));
  CHECK_THAT(heard(other), Catch::EndsWith("metric 1\n"));
  CHECK(served.texts == 1);
}

TEST_CASE(
    "many silent connections of one user do not keep a scraper of that user out: the oldest goes") {
  Served served;
  std::vector<UniqueFd> silent;
  for (std::size_t i = 0; i < MetricsServer::kMostOfOnePeer; ++i) {
    silent.push_back(served.connect());
    served.rounds(2);
  }
  const UniqueFd scraper = served.connect();
  say(scraper, kRequest);
  served.rounds(3);
  CHECK_THAT(heard(scraper), Catch::EndsWith("metric 1\n"));
  CHECK(heard(silent.front()).empty());
  CHECK(heard(silent.back()) == "…");
  CHECK(served.server->dropped() == 1);
}

TEST_CASE("what one address connects takes no place of another address") {
  ServedOverTcp served;
  const UniqueFd slow = served.connect_from("127.0.0.3");
  say(slow, kRequest.substr(0, 5));
  std::vector<UniqueFd> silent;
  for (std::size_t i = 0; i < 3 * MetricsServer::kMostConnections; ++i) {
    silent.push_back(served.connect_from("127.0.0.2"));
    served.rounds(2);
  }
  CHECK(served.server->dropped() == silent.size() - MetricsServer::kMostOfOnePeer);
  say(slow, kRequest.substr(5));
  served.rounds(3);
  CHECK_THAT(heard(slow), Catch::EndsWith("metric 1\n"));
}

TEST_CASE("of many addresses that connect, none keeps a scraper out") {
  ServedOverTcp served;
  const UniqueFd two[] = {served.connect_from("127.0.0.2"), served.connect_from("127.0.0.2")};
  served.rounds(2);
  std::vector<UniqueFd> silent;
  for (std::size_t i = 2; i < MetricsServer::kMostConnections; ++i) {
    silent.push_back(served.connect_from(base::cat("127.0.1.", i)));
    served.rounds(2);
  }
  const UniqueFd scraper = served.connect_from("127.0.0.1");
  say(scraper, kRequest);
  served.rounds(3);
  CHECK_THAT(heard(scraper), Catch::EndsWith("metric 1\n"));
  CHECK(heard(two[0]).empty());
  CHECK(heard(two[1]) == "…");
  CHECK(served.server->dropped() == 1);
}

TEST_CASE("four connections are taken in fifty milliseconds, however many wait") {
  Served served;
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(served.connect());
    say(clients.back(), kRequest);
  }
  served.rounds(1);
  served.rounds(100, kStep / 1000);
  CHECK(served.server->served() == MetricsServer::kAcceptsAtOnce);
  served.rounds(2 * 10);
  CHECK(served.server->served() == 10);
}

TEST_CASE("a request that dribbles in is dropped after sixteen reads") {
  Served served;
  const UniqueFd client = served.connect();
  for (unsigned i = 0; i <= MetricsServer::kMostReads; ++i) {
    say(client, "x");
    served.rounds(2);
  }
  CHECK(heard(client).empty());
  CHECK(served.server->dropped() == 1);
}

TEST_CASE("a client that goes away in the middle is forgotten") {
  Served served;
  { const UniqueFd client = served.connect(); }
  {
    const UniqueFd client = served.connect();
    say(client, kRequest.substr(0, 5));
    served.rounds(3);
  }
  served.rounds(5);
  CHECK(served.server->dropped() == 2);
}

// ---- the address --------------------------------------------------------------------------------

TEST_CASE("the socket is for its owner and group, and goes with the server") {
  Served served;
  struct stat status {};
  REQUIRE(::stat(served.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0660);
  served.server.reset();
  CHECK(::stat(served.path().c_str(), &status) != 0);
}

TEST_CASE("the socket of a watcher that was killed is replaced, another file is not") {
  Served served;
  CHECK(MetricsServer::listen(served.address()).has_value());
  served.server.reset();
  std::ofstream(served.path()) << "mine";
  const auto refused = MetricsServer::listen(served.address());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == base::ErrorCode::io);
  CHECK(refused.error().sentence() ==
        base::cat("'", served.path(),
                  "' is there and is no socket; remove it, or name another socket in "
                  "metrics.listen"));
}

TEST_CASE("an address that cannot be had is named, with what the system says") {
  const auto missing =
      MetricsServer::listen({policy::MetricsFamily::unix_socket, "/nowhere/at-all/m.sock", 0});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message ==
        "cannot serve metrics at 'unix:/nowhere/at-all/m.sock': No such file or directory");
  const auto foreign = MetricsServer::listen({policy::MetricsFamily::ipv4, "192.0.2.1", 9464});
  REQUIRE_FALSE(foreign.has_value());
  CHECK_THAT(foreign.error().message, Catch::Contains("cannot serve metrics at '192.0.2.1:9464'"));
}

}  // namespace
}  // namespace bulkhead::watch
