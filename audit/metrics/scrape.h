// The little HTTP that serving metrics needs: one request, one answer, then the connection ends.
// Pure; the sockets are in watch/metrics_server.h.
//
// Understood: GET and HEAD of /metrics, HTTP/1.0 and 1.1, whatever its header fields say. Bodies,
// compression and kept connections are not. Source: RFC 9112, RFC 9110.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bulkhead::audit {

inline constexpr std::size_t kMaxRequestBytes = 8192;

enum class ScrapeKind : std::uint8_t {
  incomplete,  // the end of the header has not arrived
  metrics,     // to be answered with the text
  head,        // the same, without the text
  not_found,   // another path
  bad_method,
  malformed,  // no request, or one that is too long
};

// What the bytes that arrived so far ask for.
[[nodiscard]] ScrapeKind read_request(std::string_view bytes);

// The whole answer. `text` is called where its text is sent or its length told, and not otherwise.
// Empty for `incomplete`.
[[nodiscard]] std::string answer_to(ScrapeKind kind, const std::function<std::string()>& text);

}  // namespace bulkhead::audit
