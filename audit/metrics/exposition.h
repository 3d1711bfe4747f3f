// prometheus-cpp's values as the text that Prometheus reads (format 0.0.4).
//
// Debian has prometheus-cpp's libraries as shared objects only and `bulkhead` is a static program,
// so of prometheus-cpp it holds what its headers give: the model of the data. The text is written
// here, and is that of prometheus::TextSerializer byte for byte
// (tests/unit/audit/exposition_test.cc compares them), except that a line feed or a backslash in a
// help text is escaped, as the format asks.
//
// Source: Prometheus, "Exposition formats", text-based format, version 0.0.4.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::audit {

// Names, labels and help texts must be valid; label values are valid UTF-8 (see label_value).
[[nodiscard]] std::string to_exposition(const std::vector<prometheus::MetricFamily>& families);

// Untrusted text as a label's value: valid UTF-8, at most 253 bytes (the longest name of
// Kubernetes), cut at a character. One invalid byte would make Prometheus refuse the whole text.
[[nodiscard]] std::string label_value(std::string_view untrusted);

}  // namespace bulkhead::audit
