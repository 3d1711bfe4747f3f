#include "audit/metrics/scrape.h"

#include <catch2/catch.hpp>

namespace bulkhead::audit {
namespace {

TEST_CASE("a request is understood by its first line alone") {
  struct {
    std::string bytes;
    ScrapeKind kind;
  } const rows[] = {
      {"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", ScrapeKind::metrics},
      {"GET /metrics HTTP/1.0\r\n\r\n", ScrapeKind::metrics},
      {"GET /metrics?collect=all HTTP/1.1\r\n\r\n", ScrapeKind::metrics},
      {"GET /metrics HTTP/1.1\n\n", ScrapeKind::metrics},
      {"HEAD /metrics HTTP/1.1\r\n\r\n", ScrapeKind::head},
      {"GET / HTTP/1.1\r\n\r\n", ScrapeKind::not_found},
      {"GET /metrics/ HTTP/1.1\r\n\r\n", ScrapeKind::not_found},
      {"POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", ScrapeKind::bad_method},
      {"get /metrics HTTP/1.1\r\n\r\n", ScrapeKind::bad_method},
      {"GET /metrics HTTP/2.0\r\n\r\n", ScrapeKind::malformed},
      {"GET /metrics  HTTP/1.1\r\n\r\n", ScrapeKind::malformed},
      {"GET /metrics\r\n\r\n", ScrapeKind::malformed},
      {"GET HTTP/1.1\r\n\r\n", ScrapeKind::malformed},
      {"\r\n\r\n", ScrapeKind::malformed},
      {"\x16\x03\x01 hello\n\n", ScrapeKind::malformed},
      {"", ScrapeKind::incomplete},
      {"GET /metrics HTTP/1.1\r\nHost: x\r\n", ScrapeKind::incomplete},
      {"GET /metrics HTTP/1.1\r\n", ScrapeKind::incomplete},
  };
  for (const auto& row : rows) {
    INFO(row.bytes);
    CHECK(read_request(row.bytes) == row.kind);
  }
}

TEST_CASE("a header that never ends is refused at 8 KiB") {
  const std::string line = "GET /metrics HTTP/1.1\r\nX: ";
  CHECK(read_request(line + std::string(kMaxRequestBytes - line.size() - 1, 'x')) ==
        ScrapeKind::incomplete);
  CHECK(read_request(line + std::string(kMaxRequestBytes - line.size(), 'x')) ==
        ScrapeKind::malformed);
  CHECK(read_request(line + std::string(kMaxRequestBytes - line.size() - 4, 'x') + "\r\n\r\n") ==
        ScrapeKind::metrics);
  CHECK(read_request(line + std::string(kMaxRequestBytes - line.size() - 3, 'x') + "\r\n\r\n") ==
        ScrapeKind::malformed);
}

TEST_CASE("the answer tells its type, its length and its end") {
  const auto text = [] { return std::string("metric 1\n"); };
  const std::string header =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
      "Content-Length: 9\r\nConnection: close\r\n\r\n";
  CHECK(answer_to(ScrapeKind::metrics, text) == header + "metric 1\n");
  CHECK(answer_to(ScrapeKind::head, text) == header);
  CHECK(answer_to(ScrapeKind::incomplete, text).empty());
}

TEST_CASE("what cannot be answered costs no text") {
  const auto text = []() -> std::string { throw std::runtime_error("text was made"); };
  CHECK_THAT(answer_to(ScrapeKind::not_found, text), Catch::StartsWith("HTTP/1.1 404 "));
  CHECK_THAT(answer_to(ScrapeKind::bad_method, text), Catch::StartsWith("HTTP/1.1 405 "));
  CHECK_THAT(answer_to(ScrapeKind::bad_method, text), Catch::Contains("\r\nAllow: GET, HEAD\r\n"));
  CHECK_THAT(answer_to(ScrapeKind::malformed, text), Catch::StartsWith("HTTP/1.1 400 "));
}

}  // namespace
}  // namespace bulkhead::audit
