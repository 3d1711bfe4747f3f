#include "policy/settings/metrics_address.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

TEST_CASE("an address of the metrics is numbers and a port, or a socket's path") {
  struct {
    const char* text;
    MetricsFamily family;
    const char* host;
    std::uint16_t port;
    bool local;
  } const rows[] = {
      {"127.0.0.1:9464", MetricsFamily::ipv4, "127.0.0.1", 9464, true},
      {"127.9.9.9:1", MetricsFamily::ipv4, "127.9.9.9", 1, true},
      {"[::1]:65535", MetricsFamily::ipv6, "::1", 65535, true},
      {"0.0.0.0:9464", MetricsFamily::ipv4, "0.0.0.0", 9464, false},
      {"[::]:9464", MetricsFamily::ipv6, "::", 9464, false},
      {"[::ffff:10.0.0.1]:9464", MetricsFamily::ipv6, "::ffff:10.0.0.1", 9464, false},
      {"10.0.0.5:9464", MetricsFamily::ipv4, "10.0.0.5", 9464, false},
      {"unix:/run/m.sock", MetricsFamily::unix_socket, "/run/m.sock", 0, true},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto address = parse_metrics_address(row.text);
    REQUIRE(address.has_value());
    CHECK(*address == MetricsAddress{row.family, row.host, row.port});
    CHECK(is_local(*address) == row.local);
    CHECK(text_of(*address) == row.text);
  }
}

TEST_CASE("what is no address is refused with what may be written") {
  struct {
    std::string text;
    const char* says;
  } const rows[] = {
      {"", "'' has no port"},
      {"9464", "'9464' has no port"},
      {"127.0.0.1", "has no port"},
      {":9464", "':9464' is not an address in numbers"},
      {"localhost:9464", "is not an address in numbers"},
      {"::1:9464", "is not an address in numbers"},
      {"[127.0.0.1]:9464", "is not an address in numbers"},
      {"[::1:9464", "is not an address in numbers"},
      {"127.1:9464", "is not an address in numbers"},
      {"127.0.0.1:0", "has no port from 1 to 65535"},
      {"127.0.0.1:65536", "has no port from 1 to 65535"},
      {"127.0.0.1:94 64", "has no port from 1 to 65535"},
      {"unix:metrics.sock", "names no socket by an absolute path"},
      {"unix:/run/", "names no socket by an absolute path"},
      {"unix:/run/\x01", "'unix:/run/\\x01' names no socket"},
      {"unix:/run/../etc/x", "leads through '..'"},
      {"unix:/" + std::string(107, 'a'), "is longer than 107 bytes"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto address = parse_metrics_address(row.text);
    REQUIRE_FALSE(address.has_value());
    CHECK(address.error().code == base::ErrorCode::invalid_input);
    CHECK_THAT(address.error().message, Catch::Contains(row.says));
    CHECK_THAT(address.error().remedy, Catch::Contains("127.0.0.1:9464"));
  }
  CHECK(parse_metrics_address("unix:/" + std::string(106, 'a')).has_value());
}

}  // namespace
}  // namespace bulkhead::policy
