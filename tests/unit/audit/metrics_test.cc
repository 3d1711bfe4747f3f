#include "audit/metrics/metrics.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "policy/decide/refusals.h"

namespace bulkhead::audit {
namespace {

using Catch::Contains;

Denial denial_of_pod(const std::string& pod, std::uint64_t count = 1) {
  return {.kind = DenialKind::seccomp,
          .naming = Naming::named,
          .identity = {.id = "0123", .namespace_ = "shop", .pod = pod, .container = "app"},
          .action = "ERRNO",
          .count = count};
}

bool has_line(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("before anything happened, everything that can be known beforehand is 0") {
  const Metrics metrics("0.1.0");
  const std::string text = metrics.text();
  for (const char* line :
       {"bulkhead_denials_total{kind=\"seccomp\",action=\"KILL_PROCESS\"} 0",
        "bulkhead_denials_total{kind=\"apparmor\",action=\"DENIED\"} 0",
        "bulkhead_unnamed_denials_total{why=\"gone\"} 0",
        "bulkhead_decisions_total{stage=\"shim create\",decision=\"refused\"} 0",
        "bulkhead_refusals_total{reason=\"seccomp-unset\"} 0",
        "bulkhead_refusals_total{reason=\"error\"} 0", "bulkhead_proofs_total{result=\"failed\"} 0",
        "bulkhead_audit_kernel_lost_total 0", "bulkhead_denial_lag_seconds_bucket{le=\"+Inf\"} 0",
        "bulkhead_build_info{version=\"0.1.0\"} 1", "bulkhead_container_series_limit 500"}) {
    INFO(line);
    CHECK(has_line(metrics, line));
  }
  for (const auto& row : policy::refusal_table()) {
    CHECK_THAT(text, Contains(base::cat("{reason=\"", row.name, "\"} 0")));
  }
}

TEST_CASE("a denial counts for the node and for its container, with all that its line counts") {
  Metrics metrics("1");
  metrics.count_denial(denial_of_pod("web"), 0);
  metrics.count_denial(denial_of_pod("web", 41), 0);
  CHECK(has_line(metrics, "bulkhead_denials_total{kind=\"seccomp\",action=\"ERRNO\"} 42"));
  CHECK(
      has_line(metrics,
               "bulkhead_container_denials_total{namespace=\"shop\",pod=\"web\",container=\"app\","
               "kind=\"seccomp\",action=\"ERRNO\"} 42"));
  CHECK(has_line(metrics, "bulkhead_container_series 1"));
}

TEST_CASE("a denial of no container says why there is none, and has no container's series") {
  Metrics metrics("1");
  Denial denial = denial_of_pod("web");
  denial.naming = Naming::gone;
  metrics.count_denial(denial, 0);
  denial.naming = Naming::no_container;
  metrics.count_denial(denial, 0);
  metrics.count_denial(denial, 0);
  CHECK(has_line(metrics, "bulkhead_unnamed_denials_total{why=\"gone\"} 1"));
  CHECK(has_line(metrics, "bulkhead_unnamed_denials_total{why=\"no container\"} 2"));
  CHECK(has_line(metrics, "bulkhead_denials_total{kind=\"seccomp\",action=\"ERRNO\"} 3"));
  CHECK(has_line(metrics, "bulkhead_container_series 0"));
}

TEST_CASE("overflow is counted by container, a line of losses is no denial") {
  Metrics metrics("1");
  Denial denial = denial_of_pod("web", 9);
  denial.kind = DenialKind::overflow;
  denial.action.clear();
  metrics.count_denial(denial, 0);
  denial.kind = DenialKind::loss;
  metrics.count_denial(denial, 0);
  CHECK(has_line(metrics, "bulkhead_denials_total{kind=\"overflow\",action=\"\"} 9"));
  CHECK_THAT(metrics.text(), !Contains("kind=\"loss\""));
}

TEST_CASE("outside Kubernetes the id names a container; names cannot break the text") {
  Metrics metrics("1");
  Denial denial = denial_of_pod("");
  denial.identity = {.id = "abc"};
  metrics.count_denial(denial, 0);
  denial.identity = {.id = "a\"\n\xff"};
  metrics.count_denial(denial, 0);
  CHECK_THAT(metrics.text(), Contains("{namespace=\"\",pod=\"\",container=\"abc\","));
  CHECK_THAT(metrics.text(), Contains("container=\"a\\\"\\n\xef\xbf\xbd\","));
}

TEST_CASE("beyond the limit containers are counted as _other, and the text stays bounded") {
  Metrics metrics("1");
  std::size_t size_at_limit = 0;
  for (std::size_t i = 0; i < 20 * ContainerSeries::kMost; ++i) {
    metrics.count_denial(denial_of_pod("pod-" + std::to_string(10'000 + i)), 0);
    if (i == 2 * ContainerSeries::kMost) size_at_limit = metrics.text().size();
  }
  CHECK(has_line(metrics, "bulkhead_container_series 500"));
  CHECK(has_line(metrics,
                 "bulkhead_container_denials_total{namespace=\"_other\",pod=\"_other\",container="
                 "\"_other\",kind=\"seccomp\",action=\"ERRNO\"} 9500"));
  CHECK(metrics.text().size() < size_at_limit + 64);
}

TEST_CASE("decisions count by stage; a stage that nobody knows adds no series of its own") {
  Metrics metrics("1");
  metrics.count_event({.kind = EventKind::changed, .stage = "shim create"});
  metrics.count_event({.kind = EventKind::changed, .stage = "something new"});
  metrics.count_event({.kind = EventKind::removed, .stage = "gate"});
  CHECK(
      has_line(metrics, "bulkhead_decisions_total{stage=\"shim create\",decision=\"changed\"} 1"));
  CHECK(has_line(metrics, "bulkhead_decisions_total{stage=\"other\",decision=\"changed\"} 1"));
  CHECK_THAT(metrics.text(), !Contains("removed"));
}

TEST_CASE("a refusal counts for each of its reasons; without one it is an error") {
  Metrics metrics("1");
  const auto refused = [&](std::vector<std::string> checks) {
    metrics.count_event({EventKind::refused, "shim run", std::move(checks)});
  };
  refused({"seccomp-unset", "non-root-required"});
  refused({"a check of tomorrow"});
  refused({});
  CHECK(has_line(metrics, "bulkhead_refusals_total{reason=\"seccomp-unset\"} 1"));
  CHECK(has_line(metrics, "bulkhead_refusals_total{reason=\"non-root-required\"} 1"));
  CHECK(has_line(metrics, "bulkhead_refusals_total{reason=\"other\"} 1"));
  CHECK(has_line(metrics, "bulkhead_refusals_total{reason=\"error\"} 1"));
  CHECK(has_line(metrics, "bulkhead_decisions_total{stage=\"shim run\",decision=\"refused\"} 3"));
}

TEST_CASE("what the gate found is a proof, what others observed is a decision") {
  Metrics metrics("1");
  metrics.count_event({.kind = EventKind::proved, .stage = "gate"});
  metrics.count_event({.kind = EventKind::installed, .stage = "gate"});
  metrics.count_event({.kind = EventKind::proof_failed, .stage = "gate"});
  metrics.count_event({.kind = EventKind::observed, .stage = "gate"});
  metrics.count_event({.kind = EventKind::observed, .stage = "gate exec"});
  metrics.count_event({.kind = EventKind::observed, .stage = "shim create"});
  for (const char* result : {"proved", "installed", "failed"}) {
    CHECK(has_line(metrics, base::cat("bulkhead_proofs_total{result=\"", result, "\"} 1")));
  }
  CHECK(has_line(metrics, "bulkhead_proofs_total{result=\"observed\"} 2"));
  CHECK(
      has_line(metrics, "bulkhead_decisions_total{stage=\"shim create\",decision=\"observed\"} 1"));
}

TEST_CASE("the lag is a cumulative histogram, and never negative") {
  Metrics metrics("1");
  for (const double lag : {0.0005, 0.001, 0.0011, 100.0, -5.0}) metrics.observe_lag(lag);
  const auto bucket = [&](const char* bound, int count) {
    CHECK(has_line(metrics,
                   base::cat("bulkhead_denial_lag_seconds_bucket{le=\"", bound, "\"} ", count)));
  };
  bucket("0.001", 3);
  bucket("0.002", 4);
  bucket("30", 4);
  bucket("+Inf", 5);
  CHECK(has_line(metrics, "bulkhead_denial_lag_seconds_count 5"));
  CHECK(has_line(metrics, "bulkhead_denial_lag_seconds_sum 100.0026"));
}

// ---- the table ----------------------------------------------------------------------------------

TEST_CASE(
    "the table of metrics is in the order of its ids, with names that Prometheus' rules ask") {
  const auto rows = metric_table();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string name(rows[i].name);
    INFO(name);
    CHECK(static_cast<std::size_t>(rows[i].id) == i);
    CHECK((name.starts_with("bulkhead_") || name.starts_with("process_")));
    CHECK(name.ends_with("_total") == (rows[i].type == MetricType::counter));
    CHECK(rows[i].help.ends_with('.'));
  }
}

TEST_CASE("docs/metrics.md lists exactly the metrics of the table") {
  std::ifstream file("docs/metrics.md");
  std::stringstream page;
  page << file.rdbuf();
  std::string expected = "| metric | type | labels | what it counts |\n|---|---|---|---|\n";
  for (const MetricRow& row : metric_table()) {
    std::vector<std::string> labels;
    for (const auto label : row.labels) labels.push_back(base::cat('`', label, '`'));
    expected += base::cat("| `", row.name, "` | ", name_of(row.type), " | ",
                          base::join(labels, ", "), " | ", row.help, " |\n");
  }
  CHECK_THAT(page.str(), Contains(expected + "\n"));
}

}  // namespace
}  // namespace bulkhead::audit
