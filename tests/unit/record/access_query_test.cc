#include "record/keeping/access_query.h"

#include <catch2/catch.hpp>

using namespace std::literals;

namespace bulkhead::record {
namespace {

using kernel::RuleQuery;

std::vector<RuleQuery> asked(const Access& access, std::string_view profile = "k8s-web") {
  const auto queries = queries_of(access, profile);
  REQUIRE(queries.has_value());
  return *queries;
}
RuleQuery only(const Access& access, std::string_view profile = "k8s-web") {
  const auto queries = asked(access, profile);
  REQUIRE(queries.size() == 1);
  return queries[0];
}
std::string refusal(const Access& access, std::string_view profile = "k8s-web") {
  const auto queries = queries_of(access, profile);
  REQUIRE_FALSE(queries.has_value());
  return queries.error().sentence();
}
Access signal(std::string name, std::string permission = "send") {
  return {
      .kind = AccessKind::signal, .detail = std::move(name), .permission = std::move(permission)};
}

TEST_CASE("a socket is asked about by the kernel's numbers, for everything that its rule allows") {
  const RuleQuery inet6 = only({.kind = AccessKind::network, .object = "inet6", .detail = "dgram"});
  CHECK(inet6.rule_class == 14);
  CHECK(inet6.key == "\0\x0a\0\x02"s);
  CHECK(inet6.mask == 0x3700376);
  CHECK(only({.kind = AccessKind::unix_socket, .object = "seqpacket"}).key == "\0\x01\0\x05"s);
  CHECK(only({.kind = AccessKind::network, .object = "packet", .detail = "packet"}).key ==
        "\0\x11\0\x0a"s);
}

TEST_CASE("a signal among the container's own is one to the profile that confines it") {
  CHECK(only(signal("term")) == RuleQuery{.rule_class = 10, .key = "\x0fk8s-web", .mask = 2});
  CHECK(only(signal("exists", "receive")) ==
        RuleQuery{.rule_class = 10, .key = "\x23k8s-web", .mask = 4});
  CHECK(only(signal("rtmin+2")).key == "\x82k8s-web");
  CHECK(only(signal("hup"), ":ns:k8s-web").key == "\x01k8s-web");
  Access to_another = signal("kill");
  to_another.object = "a b";
  CHECK(only(to_another).key ==
        "\x09"
        "a b");
}

TEST_CASE("tracing is asked about by what it is") {
  const auto mask_of = [](std::string permission) {
    return only({.kind = AccessKind::ptrace, .permission = std::move(permission)}).mask;
  };
  CHECK(mask_of("trace") == 2);
  CHECK(mask_of("read") == 4);
  CHECK(mask_of("tracedby") == 8);
  CHECK(mask_of("readby") == 16);
}

TEST_CASE("a file, a link with what it leads to, and an unmount are asked about by their paths") {
  CHECK(only({.object = "/a", .permission = "w"}) ==
        RuleQuery{.rule_class = 2, .key = "/a", .mask = 2});
  const auto link = asked({.kind = AccessKind::link, .object = "/a", .detail = "/b"});
  REQUIRE(link.size() == 2);
  CHECK(link[0] == RuleQuery{.rule_class = 2, .key = "/a", .mask = 0x40000});
  CHECK(link[1] == RuleQuery{.rule_class = 2, .key = "/a\0/b"s, .mask = 0x40000});
  CHECK(only({.kind = AccessKind::mount, .object = "/m/", .detail = "umount"}) ==
        RuleQuery{.rule_class = 7, .key = "/m/", .mask = 4});
}

TEST_CASE("nothing is asked about what no rule is made of") {
  CHECK(asked({.kind = AccessKind::mount, .object = "/m/", .detail = "mount"}).empty());
  CHECK(asked({.kind = AccessKind::other, .object = "change_profile"}).empty());
  CHECK(asked({.object = "disconnected", .permission = "r"}).empty());
}

TEST_CASE("what no query holds is said, not guessed") {
  using Catch::Contains;
  CHECK_THAT(refusal({.kind = AccessKind::capability, .object = "chown"}),
             Contains("cannot be asked about capability 'chown'"));
  CHECK_THAT(refusal({.kind = AccessKind::network, .object = "unknown(77)", .detail = "stream"}),
             Contains("cannot be asked about network"));
  CHECK_THAT(refusal(signal("unknown(99)")), Contains("cannot be asked about signal"));
  CHECK_THAT(refusal(signal("rtmin+200")), Contains("cannot be asked about signal"));
  CHECK_THAT(refusal(signal("")), Contains("cannot be asked about signal"));
  CHECK_THAT(refusal(signal("term"), "a//&b"), Contains("cannot be asked about signal"));
}

}  // namespace
}  // namespace bulkhead::record
