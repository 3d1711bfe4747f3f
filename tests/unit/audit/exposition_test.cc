#include "audit/metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include <catch2/catch.hpp>
#include <limits>

namespace bulkhead::audit {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string by_the_library(const std::vector<MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

ClientMetric with_value(double value) {
  ClientMetric metric;
  metric.counter.value = metric.gauge.value = metric.untyped.value = value;
  metric.summary = {.sample_count = 3, .sample_sum = value, .quantile = {{0.5, value}, {0.9, 2}}};
  metric.histogram = {
      .sample_count = 4, .sample_sum = value, .bucket = {{1, 0.001}, {2, 0.5}, {3, 1e6}}};
  return metric;
}

TEST_CASE("the text of every type and value is prometheus-cpp's, byte for byte") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const MetricType type : {MetricType::Counter, MetricType::Gauge, MetricType::Summary,
                                MetricType::Untyped, MetricType::Histogram}) {
    MetricFamily family{"name_total", "What it is.", type, {}};
    for (const double value :
         {0.0, 1.0, -1.0, 0.1, 1.0 / 3, 123456789.0, 9007199254740993.0, 1e16, 1e17, 1e300, 5e-324,
          1.7e9 + 0.123456, kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
      family.metric.push_back(with_value(value));
    }
    CHECK(to_exposition({family}) == by_the_library({family}));
  }
}

TEST_CASE("labels, in histograms too, are prometheus-cpp's text") {
  for (const MetricType type : {MetricType::Counter, MetricType::Summary, MetricType::Histogram}) {
    MetricFamily family{"name", "", type, {}};
    for (const char* value :
         {"", "plain", "with \"quotes\"", "back\\slash", "two\nlines", "ä {}=,"}) {
      ClientMetric metric = with_value(7);
      metric.label = {{"first", value}, {"second", "b"}};
      family.metric.push_back(metric);
    }
    CHECK(to_exposition({family, family}) == by_the_library({family, family}));
  }
}

TEST_CASE("a histogram whose last bound is infinite gets no second such bucket") {
  MetricFamily family{"h", "", MetricType::Histogram, {with_value(1)}};
  family.metric[0].histogram.bucket.push_back({4, std::numeric_limits<double>::infinity()});
  CHECK(to_exposition({family}) == by_the_library({family}));
}

TEST_CASE("a time stamp, and a family without metrics, are prometheus-cpp's text") {
  MetricFamily family{"g", "help", MetricType::Gauge, {with_value(1)}};
  family.metric[0].timestamp_ms = 1'700'000'000'000;
  CHECK(to_exposition({family}) == by_the_library({family}));
  family.metric.clear();
  CHECK(to_exposition({family}) == by_the_library({family}));
  CHECK(to_exposition({}).empty());
}

TEST_CASE("a help text stays on its line") {
  const MetricFamily family{"g", "one\\two\nthree \"four\"", MetricType::Gauge, {}};
  CHECK(to_exposition({family}) == "# HELP g one\\\\two\\nthree \"four\"\n# TYPE g gauge\n");
}

TEST_CASE("a label's value is valid UTF-8 and bounded, whatever it was made of") {
  CHECK(label_value("web-7d4") == "web-7d4");
  CHECK(label_value("") == "");
  CHECK(label_value("äöü€") == "äöü€");
  CHECK(label_value("a\xff"
                    "b\xc3") ==
        "a\xef\xbf\xbd"
        "b\xef\xbf\xbd");
  CHECK(label_value("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(label_value(std::string(300, 'x')) == std::string(253, 'x'));
  CHECK(label_value(std::string(252, 'x') + "ä") == std::string(252, 'x'));
}

}  // namespace
}  // namespace bulkhead::audit
