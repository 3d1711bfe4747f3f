#include "audit/metrics/scrape.h"

#include "base/text.h"

namespace bulkhead::audit {

namespace {

constexpr std::string_view kPath = "/metrics";
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kPlainType = "text/plain; charset=utf-8";

// Lines end with CR LF; a lone LF is understood as well (RFC 9112, 2.2).
bool is_whole(std::string_view bytes) {
  return bytes.find("\r\n\r\n") != std::string_view::npos ||
         bytes.find("\n\n") != std::string_view::npos;
}

// "METHOD target HTTP/1.x"
ScrapeKind read_request_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto after_method = line.find(' ');
  const auto before_version = line.rfind(' ');
  if (after_method == std::string_view::npos || after_method == before_version) {
    return ScrapeKind::malformed;
  }
  const std::string_view method = line.substr(0, after_method);
  std::string_view target = line.substr(after_method + 1, before_version - after_method - 1);
  const std::string_view version = line.substr(before_version + 1);
  if (version != "HTTP/1.0" && version != "HTTP/1.1") return ScrapeKind::malformed;
  if (target.find(' ') != std::string_view::npos) return ScrapeKind::malformed;
  target = target.substr(0, target.find('?'));
  if (method != "GET" && method != "HEAD") return ScrapeKind::bad_method;
  if (target != kPath) return ScrapeKind::not_found;
  return method == "GET" ? ScrapeKind::metrics : ScrapeKind::head;
}

std::string response(std::string_view status, std::string_view type, std::string_view fields,
                     std::size_t length, std::string_view body) {
  return base::cat("HTTP/1.1 ", status, "\r\nContent-Type: ", type, "\r\nContent-Length: ", length,
                   "\r\n", fields, "Connection: close\r\n\r\n", body);
}

std::string failure(std::string_view status, std::string_view body, std::string_view fields = {}) {
  return response(status, kPlainType, fields, body.size(), body);
}

}  // namespace

ScrapeKind read_request(std::string_view bytes) {
  if (bytes.size() > kMaxRequestBytes) return ScrapeKind::malformed;
  if (!is_whole(bytes)) {
    return bytes.size() == kMaxRequestBytes ? ScrapeKind::malformed : ScrapeKind::incomplete;
  }
  return read_request_line(bytes.substr(0, bytes.find('\n')));
}

std::string answer_to(ScrapeKind kind, const std::function<std::string()>& text) {
  switch (kind) {
    case ScrapeKind::incomplete: return {};
    case ScrapeKind::metrics: {
      const std::string body = text();
      return response("200 OK", kMetricsType, "", body.size(), body);
    }
    case ScrapeKind::head: return response("200 OK", kMetricsType, "", text().size(), "");
    case ScrapeKind::not_found: return failure("404 Not Found", "Only /metrics is here.\n");
    case ScrapeKind::bad_method:
      return failure("405 Method Not Allowed", "Only GET and HEAD are understood.\n",
                     "Allow: GET, HEAD\r\n");
    case ScrapeKind::malformed: return failure("400 Bad Request", "No HTTP/1.1 request.\n");
  }
  return {};
}

}  // namespace bulkhead::audit
