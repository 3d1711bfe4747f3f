// What a scraper sends: whatever the bytes are, the answer is whole, and more bytes never turn an
// answer back into waiting.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/metrics/scrape.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::audit;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ScrapeKind kind = read_request(bytes);
  if (kind == ScrapeKind::incomplete) {
    require(size < kMaxRequestBytes, "waiting has an end");
    return 0;
  }
  bool made = false;
  const std::string answer = answer_to(kind, [&] {
    made = true;
    return std::string("metric 1\n");
  });
  require(answer.starts_with("HTTP/1.1 ") && answer.find("\r\n\r\n") != std::string::npos,
          "an answer is whole");
  require(made == (kind == ScrapeKind::metrics || kind == ScrapeKind::head),
          "metrics are made for who asks for them");
  require(answer.ends_with("metric 1\n") == (kind == ScrapeKind::metrics),
          "and sent to nobody else");
  require(read_request(std::string(bytes) + "x") != ScrapeKind::incomplete, "an answer stays one");
  return 0;
}
