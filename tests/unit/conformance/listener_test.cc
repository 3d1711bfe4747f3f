// The listener of a case, without a runtime: what is sent to it is told.
#include "conformance/running/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace bulkhead::conformance {
namespace {

struct Place {
  std::string directory = "/tmp/bulkhead-listener-XXXXXX";
  std::string path;
  Place() { path = std::string(::mkdtemp(directory.data())) + "/listener"; }
  ~Place() {
    ::unlink(path.c_str());
    ::rmdir(directory.c_str());
  }
};

// Sends the text, with a descriptor of /dev/null, and leaves the connection open.
base::UniqueFd send_to(const std::string& path, std::string text) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, path.size());
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  const base::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  iovec from{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_iov = &from;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int number = null.get();
  std::memcpy(CMSG_DATA(header), &number, sizeof(number));
  REQUIRE(::sendmsg(socket.get(), &message, 0) == static_cast<ssize_t>(text.size()));
  return socket;
}

TEST_CASE(
    "a listener tells the state and the descriptors of each connection, and whether it ended") {
  const Place place;
  const auto listener = Listener::open(place.path, {});
  REQUIRE(listener);
  send_to(place.path, R"({"pid": 7})").reset();
  const auto open = send_to(place.path, "{}{}");
  CHECK((*listener)->report() ==
        R"({"connections":[{"closed":true,"descriptors":1,"state":{"pid": 7}},)"
        R"({"closed":false,"descriptors":1}],"calls":[]})");
}

TEST_CASE("a listener to which nobody comes ends with nothing") {
  const Place place;
  const auto listener = Listener::open(place.path, {});
  REQUIRE(listener);
  CHECK((*listener)->report() == R"({"connections":[],"calls":[]})");
}

TEST_CASE("a listener needs a path that a socket can have") {
  const auto listener = Listener::open("/tmp/" + std::string(120, 'a'), {});
  REQUIRE(!listener);
  CHECK_THAT(listener.error().sentence(), Catch::Contains("too long for the path of a socket"));
}

}  // namespace
}  // namespace bulkhead::conformance
