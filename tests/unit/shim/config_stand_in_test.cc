#include "shim/config_stand_in.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "base/sha256.h"
#include "base/text.h"
#include "tests/unit/shim/temporary_directory.h"

namespace bulkhead::shim {
namespace {

namespace fs = std::filesystem;

const std::string kAsked = R"({"linux":{"seccomp":{"asked":true}}})";
const std::string kWhole = R"({"linux":{"seccomp":{"fallback":true}}})";
const std::string kLean = R"({"linux":{},"annotations":{"io.bulkhead.stand-in":"1"}})";

class Bundle {
 public:
  explicit Bundle(const std::string& config = kAsked) { write(config); }

  void write(std::string_view text) const { node_.write("config.json", text); }
  [[nodiscard]] std::string config() const { return read("config.json"); }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(node_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::vector<std::string> others() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(node_.path())) {
      if (entry.path().filename() != "config.json") names.push_back(entry.path().filename());
    }
    return names;
  }
  [[nodiscard]] base::Result<oci_config::OpenDocument> open() const {
    return oci_config::open_config(node_.path());
  }
  [[nodiscard]] ConfigStandIn stand_in(const std::string& whole = kAsked) const {
    return {open().value(), whole, kLean};
  }
  // What the next start finds.
  [[nodiscard]] std::string next() const {
    const auto config = put_back_left_over(open().value(), [this] { return open(); });
    return std::string(config.value().document.text());
  }
  const TemporaryDirectory& node() const { return node_; }

 private:
  TemporaryDirectory node_;
};

ino_t inode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_ino;
}

// As a gate that is killed leaves it.
void interrupt(const Bundle& bundle, const std::string& whole = kAsked) {
  const std::string beside =
      base::cat(".config.json.", base::sha256_hex(kLean).substr(0, 32), ".whole");
  bundle.node().write(beside, whole);
  bundle.write(kLean);
}

TEST_CASE("the runtime reads a document without the filter, and the file comes back as it was") {
  const Bundle bundle;
  const ino_t before = inode_of(bundle.node() / "config.json");
  auto stand_in = bundle.stand_in();
  REQUIRE(stand_in.take_place());
  CHECK(bundle.config() == kLean);
  stand_in.put_back();
  CHECK(bundle.config() == kAsked);
  CHECK(inode_of(bundle.node() / "config.json") == before);
  CHECK(bundle.others().empty());
}

TEST_CASE("where the policy changes config.json, it holds the change afterwards") {
  const Bundle bundle;
  fs::permissions(bundle.node() / "config.json", fs::perms::owner_read);
  auto stand_in = bundle.stand_in(kWhole);
  REQUIRE(stand_in.take_place());
  CHECK(bundle.config() == kLean);
  stand_in.put_back();
  CHECK(bundle.config() == kWhole);
  CHECK(fs::status(bundle.node() / "config.json").permissions() == fs::perms::owner_read);
  CHECK(bundle.others().empty());
}

TEST_CASE("a start that fails before the gate holds puts config.json back") {
  const Bundle bundle;
  {
    auto stand_in = bundle.stand_in();
    REQUIRE(stand_in.take_place());
  }
  CHECK(bundle.config() == kAsked);
}

TEST_CASE("a config.json that somebody wrote meanwhile stays") {
  const Bundle bundle;
  auto stand_in = bundle.stand_in();
  REQUIRE(stand_in.take_place());
  bundle.write("{\"new\":1}");
  stand_in.put_back();
  CHECK(bundle.config() == "{\"new\":1}");
}

TEST_CASE("a config.json that was changed since it was read is not replaced") {
  const Bundle bundle;
  auto stand_in = bundle.stand_in();
  bundle.write("{\"new\":1}");
  const auto placed = stand_in.take_place();
  REQUIRE_FALSE(placed);
  CHECK_THAT(placed.error().message, Catch::Contains("changed while it was decided on"));
  CHECK(bundle.config() == "{\"new\":1}");
  CHECK(bundle.others().empty());
}

TEST_CASE("what a killed start left is put back by the next") {
  const Bundle bundle;
  interrupt(bundle, kWhole);
  REQUIRE(stands_in(bundle.open().value()));
  CHECK(bundle.next() == kWhole);
  CHECK(bundle.config() == kWhole);
  CHECK(bundle.others().empty());
}

TEST_CASE("a document that says it stands in, with nothing whole beside it, stays what it is") {
  const Bundle bundle(kLean);
  CHECK(bundle.next() == kLean);
  SECTION("what lies beside belongs to another document") {
    interrupt(bundle);
    bundle.write(base::cat(kLean, " "));
    CHECK(bundle.next() == base::cat(kLean, " "));
  }
  SECTION("what lies beside stands in itself") {
    interrupt(bundle, kLean);
    CHECK(bundle.next() == kLean);
  }
  SECTION("what lies beside is no document") {
    interrupt(bundle, "{");
    CHECK(bundle.next() == kLean);
  }
}

TEST_CASE("of two starts of one bundle the second takes its turn when the first has put back") {
  using namespace std::chrono_literals;
  const Bundle bundle;
  auto first = bundle.stand_in();
  auto second = bundle.stand_in();
  REQUIRE(first.take_place());
  const std::jthread later([&] {
    std::this_thread::sleep_for(50ms);
    first.put_back();
  });
  REQUIRE(second.take_place());
  CHECK(bundle.config() == kLean);
  second.put_back();
  CHECK(bundle.config() == kAsked);
  CHECK(bundle.others().empty());
}

TEST_CASE("while another start lasts, the whole document beside is decided on") {
  const Bundle bundle;
  auto other = bundle.stand_in();
  REQUIRE(other.take_place());
  CHECK(bundle.next() == kAsked);
  CHECK(bundle.config() == kLean);
  SECTION("and where the runtime is to load the filter, it takes its place again") {
    const auto beside = put_back_left_over(bundle.open().value(), [&] { return bundle.open(); });
    REQUIRE(oci_config::replace_document(beside.value(), kAsked));
    CHECK(bundle.config() == kAsked);
  }
  other.put_back();
  CHECK(bundle.config() == kAsked);
  CHECK(bundle.others().empty());
}

}  // namespace
}  // namespace bulkhead::shim
