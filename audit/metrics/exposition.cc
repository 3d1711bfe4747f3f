#include "audit/metrics/exposition.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace bulkhead::audit {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

constexpr std::size_t kMaxLabelBytes = 253;

std::string number_text(double value) {
  if (std::isnan(value)) return "Nan";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general,
                                 std::numeric_limits<double>::max_digits10 - 1)
                       .ptr;
  return {text, end};
}

std::string_view type_text(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Summary: return "summary";
    case MetricType::Untyped: return "untyped";
    case MetricType::Histogram: return "histogram";
  }
  return "untyped";
}

// `quote`: also quotes, as label values need it and help texts do not.
void append_escaped(std::string& out, std::string_view text, bool quote) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && quote)) out += '\\';
    out += c;
  }
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += "=\"";
  append_escaped(out, value, true);
  out += '"';
}

// The lines of one family.
class Lines {
 public:
  Lines(std::string& out, const MetricFamily& family) : out_(out), family_(family) {
    if (!family.help.empty()) {
      out_ += base::cat("# HELP ", family.name, " ");
      append_escaped(out_, family.help, false);
      out_ += '\n';
    }
    out_ += base::cat("# TYPE ", family.name, " ", type_text(family.type), "\n");
  }

  void metric(const ClientMetric& metric) {
    switch (family_.type) {
      case MetricType::Counter: return sample(metric, "", metric.counter.value);
      case MetricType::Gauge: return sample(metric, "", metric.gauge.value);
      case MetricType::Untyped: return sample(metric, "", metric.untyped.value);
      case MetricType::Summary: return summary(metric);
      case MetricType::Histogram: return histogram(metric);
    }
  }

 private:
  void summary(const ClientMetric& metric) {
    sample(metric, "_count", static_cast<double>(metric.summary.sample_count));
    sample(metric, "_sum", metric.summary.sample_sum);
    for (const auto& quantile : metric.summary.quantile) {
      sample(metric, "", quantile.value, "quantile", number_text(quantile.quantile));
    }
  }

  void histogram(const ClientMetric& metric) {
    const auto& histogram = metric.histogram;
    const auto count = static_cast<double>(histogram.sample_count);
    sample(metric, "_count", count);
    sample(metric, "_sum", histogram.sample_sum);
    double last = -std::numeric_limits<double>::infinity();
    for (const auto& bucket : histogram.bucket) {
      last = bucket.upper_bound;
      sample(metric, "_bucket", static_cast<double>(bucket.cumulative_count), "le",
             number_text(last));
    }
    if (!std::isinf(last) || last < 0) sample(metric, "_bucket", count, "le", "+Inf");
  }

  void sample(const ClientMetric& metric, std::string_view suffix, double value,
              std::string_view extra_name = {}, std::string_view extra_value = {}) {
    out_ += family_.name;
    out_ += suffix;
    char separator = '{';
    const auto label = [&](std::string_view name, std::string_view text) {
      out_ += std::exchange(separator, ',');
      append_label(out_, name, text);
    };
    for (const auto& [name, text] : metric.label) label(name, text);
    if (!extra_name.empty()) label(extra_name, extra_value);
    if (separator == ',') out_ += '}';
    out_ += base::cat(' ', number_text(value));
    if (metric.timestamp_ms != 0) out_ += base::cat(' ', metric.timestamp_ms);
    out_ += '\n';
  }

  std::string& out_;
  const MetricFamily& family_;
};

}  // namespace

std::string to_exposition(const std::vector<MetricFamily>& families) {
  std::string out;
  for (const MetricFamily& family : families) {
    Lines lines(out, family);
    for (const ClientMetric& metric : family.metric) lines.metric(metric);
  }
  return out;
}

std::string label_value(std::string_view untrusted) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
  std::string out;
  while (!untrusted.empty()) {
    const std::size_t length = base::utf8_sequence_length(untrusted);
    const std::string_view next = length > 0 ? untrusted.substr(0, length) : kReplacement;
    if (out.size() + next.size() > kMaxLabelBytes) break;
    out += next;
    untrusted.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace bulkhead::audit
