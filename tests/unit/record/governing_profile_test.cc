// What the kernel itself has to be asked is in tests/live/apparmor_test.cc.
#include "record/keeping/governing_profile.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/kernel/compiled_profile.h"

namespace bulkhead::record {
namespace {

// The kernel's files, with a profile that allows capabilities 0 and 37, and one that allows 0.
struct Node {
  Node() {
    char pattern[] = "/tmp/bulkhead-governing-XXXXXX";
    places.securityfs = ::mkdtemp(pattern);
    write("profiles", "web (enforce)\nother (enforce)\n");
    load("web", {1, 1U << 5U});
    load("other", {1, 0});
  }
  ~Node() { std::filesystem::remove_all(places.securityfs); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void write(const std::string& file, const std::string& content) const {
    const std::filesystem::path path = places.securityfs + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  void load(const std::string& name, kernel::compiled::Caps caps) const {
    using namespace kernel::compiled;
    write("policy/profiles/" + name + ".1/name", name + "\n");
    write("policy/profiles/" + name + ".1/raw_data", policy_of(profile(name, caps)));
  }
  [[nodiscard]] base::Result<bool> allows(const std::string& name, const std::string& capability) {
    return governing_allows(name, {.kind = AccessKind::capability, .object = capability}, places);
  }

  kernel::AppArmorPlaces places;
};

TEST_CASE(
    "a capability is allowed by what the kernel holds of the profile, of every one of a stack") {
  Node node;
  CHECK(node.allows("web", "chown") == true);
  CHECK(node.allows("web", "audit_read") == true);
  CHECK(node.allows("web", "kill") == false);
  CHECK(node.allows("web//&other", "chown") == true);
  CHECK(node.allows("web//&other", "audit_read") == false);
}

TEST_CASE("where it cannot be told whether a profile allows something, that is an error") {
  Node node;
  CHECK_THAT(node.allows("nowhere", "chown").error().sentence(),
             Catch::Contains("does not show what it holds"));
  CHECK_THAT(node.allows("web", "unknown").error().sentence(),
             Catch::Contains("'unknown' is no capability that is known here"));
  node.write("features/network_v8/af_unix", "yes\n");
  const auto socket =
      governing_allows("web", {.kind = AccessKind::unix_socket, .object = "stream"}, node.places);
  REQUIRE_FALSE(socket);
  CHECK_THAT(socket.error().sentence(), Catch::Contains("looks at their addresses, too"));
}

TEST_CASE("what no rule of a profile is made of needs no answer") {
  const Node node;
  CHECK(governing_allows("web", {.kind = AccessKind::other, .object = "change_profile"},
                         node.places) == true);
}

}  // namespace
}  // namespace bulkhead::record
