#include "audit/denials/journal.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace bulkhead::audit {
namespace {

Denial mount_denied() {
  return {.kind = DenialKind::seccomp,
          .naming = Naming::named,
          .identity = {.id = "4f1c", .namespace_ = "shop"},
          .pid = 4711,
          .comm = "sh",
          .syscall = "mount",
          .action = "ERRNO"};
}

TEST_CASE("an entry has fields, and none for what is not known") {
  const std::string entry = journal_entry(mount_denied());
  CHECK_THAT(entry, Catch::Contains("BULKHEAD_CONTAINER_ID=4f1c\n"));
  CHECK_THAT(entry, Catch::Contains("BULKHEAD_SYSCALL=mount\n"));
  CHECK_THAT(entry, Catch::Contains("BULKHEAD_PID=4711\n"));
  CHECK_THAT(entry, Catch::Contains("PRIORITY=4\n"));
  CHECK_THAT(entry, !Catch::Contains("BULKHEAD_PATH"));
}

TEST_CASE("a process cannot add a field by its name") {
  Denial denial = mount_denied();
  denial.comm = "x\nBULKHEAD_CONTAINER_ID=other";
  const std::string entry = journal_entry(denial);
  const std::string framed =
      std::string("BULKHEAD_COMM\n") + '\x1d' + std::string(7, '\0') + denial.comm + "\n";
  CHECK(entry.find(framed) != std::string::npos);
}

TEST_CASE("an entry is one datagram, and without a journal nothing happens") {
  char directory[] = "/tmp/bulkhead-journal-XXXXXX";
  const std::string path = base::cat(::mkdtemp(directory), "/socket");
  Journal journal(path);
  journal.send(mount_denied());
  CHECK(journal.dropped() == 0);
  const base::UniqueFd receiver(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  journal.send(mount_denied());
  char bytes[4096];
  const ssize_t size = ::recv(receiver.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  REQUIRE(size > 0);
  CHECK(std::string(bytes, static_cast<std::size_t>(size)) == journal_entry(mount_denied()));
  ::unlink(path.c_str());
  ::rmdir(directory);
}

TEST_CASE("a journal that does not read costs nothing but its entries, which are counted") {
  char directory[] = "/tmp/bulkhead-journal-XXXXXX";
  const std::string path = base::cat(::mkdtemp(directory), "/socket");
  const base::UniqueFd receiver(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  Journal journal(path);
  for (int i = 0; i < 10'000; ++i) journal.send(mount_denied());
  CHECK(journal.dropped() > 0);
  ::unlink(path.c_str());
  ::rmdir(directory);
}

}  // namespace
}  // namespace bulkhead::audit
