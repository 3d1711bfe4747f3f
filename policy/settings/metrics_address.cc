#include "policy/settings/metrics_address.h"

#include <arpa/inet.h>

#include <optional>

#include "base/text.h"

namespace bulkhead::policy {

using base::cat;
using base::Result;

namespace {

constexpr std::string_view kSocketPrefix = "unix:";
constexpr std::string_view kForms =
    "write '127.0.0.1:9464', '[::1]:9464', 'unix:/run/bulkhead/metrics.sock', or 'none'";

std::unexpected<base::Error> invalid(std::string_view text, std::string_view what) {
  return base::fail(base::ErrorCode::invalid_input, cat(base::quoted(text), what),
                    std::string(kForms));
}

bool has_control_characters(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

Result<MetricsAddress> parse_socket(std::string_view text) {
  const std::string_view path = text.substr(kSocketPrefix.size());
  if (!path.starts_with('/') || path.ends_with('/') || has_control_characters(path)) {
    return invalid(text, " names no socket by an absolute path");
  }
  if (path.find("/../") != std::string_view::npos || path.ends_with("/..")) {
    return invalid(text, " leads through '..'");
  }
  if (path.size() > kMaxSocketPathBytes) return invalid(text, " is longer than 107 bytes");
  return MetricsAddress{MetricsFamily::unix_socket, std::string(path), 0};
}

std::optional<MetricsFamily> family_of(const std::string& host, bool in_brackets) {
  in6_addr ignored;
  if (in_brackets && ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1) return MetricsFamily::ipv6;
  if (!in_brackets && ::inet_pton(AF_INET, host.c_str(), &ignored) == 1) return MetricsFamily::ipv4;
  return std::nullopt;
}

Result<MetricsAddress> parse_host_and_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, " has no port");
  const auto port = base::parse_decimal(text.substr(colon + 1));
  if (!port || *port == 0 || *port > UINT16_MAX) {
    return invalid(text, " has no port from 1 to 65535");
  }
  std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto family = family_of(std::string(host), in_brackets);
  if (!family) return invalid(text, " is not an address in numbers");
  return MetricsAddress{*family, std::string(host), static_cast<std::uint16_t>(*port)};
}

}  // namespace

std::string_view name_of(MetricsReach value) {
  switch (value) {
    case MetricsReach::node: return "node";
    case MetricsReach::network: return "network";
  }
  return {};
}

Result<MetricsAddress> parse_metrics_address(std::string_view text) {
  return text.starts_with(kSocketPrefix) ? parse_socket(text) : parse_host_and_port(text);
}

std::string text_of(const MetricsAddress& address) {
  switch (address.family) {
    case MetricsFamily::unix_socket: return cat(kSocketPrefix, address.host);
    case MetricsFamily::ipv4: return cat(address.host, ':', address.port);
    case MetricsFamily::ipv6: return cat('[', address.host, "]:", address.port);
  }
  return {};
}

bool is_local(const MetricsAddress& address) {
  switch (address.family) {
    case MetricsFamily::unix_socket: return true;
    case MetricsFamily::ipv4: return address.host.starts_with("127.");
    case MetricsFamily::ipv6: {
      in6_addr bytes{};
      return ::inet_pton(AF_INET6, address.host.c_str(), &bytes) == 1 &&
             IN6_IS_ADDR_LOOPBACK(&bytes);
    }
  }
  return false;
}

}  // namespace bulkhead::policy
