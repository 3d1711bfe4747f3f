#include "oci-config/json_bytes.h"

#include "base/line_at.h"
#include "base/text.h"
#include "base/utf8.h"
#include "oci-config/json_tape.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  for (std::size_t length = 1; at < text.size() && length > 0; at += length) {
    length = base::utf8_sequence_length(text.substr(at));
    if (length == 0) break;
  }
  return at;
}

}  // namespace

base::Result<void> check_json_bytes(std::string_view text, const ParseOptions& options) {
  const auto fail_at = [&](std::size_t at, std::string_view what) {
    const std::string place = place_in(options.described, "", base::line_at(text, at));
    return base::fail(ErrorCode::invalid_input, cat(place, ": ", what));
  };
  if (text.size() > options.max_bytes) {
    return base::fail(ErrorCode::invalid_input,
                      cat(quoted(options.described), " has ", text.size(),
                          " bytes, more than the limit of ", options.max_bytes));
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    return fail_at(0, "starts with a byte order mark, which JSON does not allow");
  }
  // RapidJSON takes a NUL byte for the end of the text and would not see what follows.
  if (const std::size_t at = text.find('\0'); at != std::string_view::npos) {
    return fail_at(at, "holds a NUL byte");
  }
  if (!base::is_valid_utf8(text)) {
    return fail_at(first_invalid_utf8(text), "holds bytes that are not UTF-8");
  }
  return {};
}

}  // namespace bulkhead::oci_config
