// Where `bulkhead watch` serves its metrics, as the policy writes it: numbers, never names, so that
// nothing is resolved and nothing depends on a resolver.
//
//   127.0.0.1:9464    [::1]:9464    unix:/run/bulkhead/metrics.sock
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::policy {

enum class MetricsFamily : std::uint8_t { unix_socket, ipv4, ipv6 };

// Who may be told. The metrics name namespaces, pods and containers, and the connection is neither
// encrypted nor authenticated: what is not an address of this node alone needs `network`.
enum class MetricsReach : std::uint8_t { node, network };
[[nodiscard]] std::string_view name_of(MetricsReach value);  // "node", "network"

struct MetricsAddress {
  MetricsFamily family = MetricsFamily::unix_socket;
  std::string host;        // "127.0.0.1", "::1", or the path of the socket
  std::uint16_t port = 0;  // 1 to 65535; 0 for a socket
  bool operator==(const MetricsAddress&) const = default;
};

inline constexpr std::size_t kMaxSocketPathBytes = 107;  // unix(7): sun_path with its NUL is 108

// Error: invalid_input, with what may be written.
[[nodiscard]] base::Result<MetricsAddress> parse_metrics_address(std::string_view text);
// As it is written in a policy.
[[nodiscard]] std::string text_of(const MetricsAddress& address);

// Whether only processes of this node reach it: a socket, 127.0.0.0/8, ::1.
[[nodiscard]] bool is_local(const MetricsAddress& address);

}  // namespace bulkhead::policy
