#include "conformance/running/suite.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "conformance/running/case_run.h"
#include "conformance/running/needs.h"
#include "conformance/running/smallest.h"
#include "conformance/running/workplace.h"
#include "conformance/values/known.h"
#include "conformance/values/runtime_name.h"
#include "kernel/probes/child_output.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

// A runtime that cannot start this one would fail in all, for one reason.
constexpr std::string_view kPlainest =
    R"({"about": "the plainest container starts", "inside": [],
        "source": {"spec": "runtime.md", "level": "MUST", "sentence": "create, start"}})";

constexpr std::chrono::seconds kReductionBound(30);  // of all cases together

using Clock = std::chrono::steady_clock;
std::chrono::milliseconds since(Clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
}

// Who is asked to end takes no other case, and cleans up behind those that it is in.
volatile std::sig_atomic_t asked_to_end = 0;

void end_when_asked() {
  struct sigaction action {};
  action.sa_handler = [](int) { asked_to_end = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

void change_this_process() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}

Result<RuntimeResults> identify(const std::string& path) {
  const auto output = kernel::child_output({path, "--version"});
  if (!output) return std::unexpected(output.error());
  RuntimeName name = runtime_named_in(output->standard_output);
  return RuntimeResults{
      .path = path, .family = std::move(name.family), .version = std::move(name.version)};
}

Result<void> check_it_starts_anything(const CaseFiles& files, const TestBed& bed) {
  const auto plainest = read_case(std::string(kPlainest), "plainest");
  if (!plainest) return std::unexpected(plainest.error());
  const auto result = run_case(*plainest, files, bed, cat("bulkhead-", ::getpid(), "-plainest"));
  if (!result) return std::unexpected(result.error());
  if (result->verdict == Verdict::passed) return {};
  return base::fail(ErrorCode::runtime,
                    cat(base::quoted(bed.runtime),
                        " cannot start the plainest container here: ", result->reasons.front()),
                    "mend that first: every case would fail with it");
}

std::string what_is_missing(const Case& one) {
  for (const std::string& need : one.needs) {
    if (std::string sentence = missing(need); !sentence.empty()) return sentence;
  }
  return {};
}

// Nothing else is looked at than what only root may read.
bool only_filters(const Case& one) {
  const bool outside = one.outside && one.outside->member("filters");
  return outside && one.outside->size() == 1 && !one.inside && !one.hooks;
}

class Suite {
 public:
  Suite(const CaseFiles& files, const std::vector<Case>& cases, const SuiteOptions& options,
        const TestBed& bed)
      : files_(files), cases_(cases), options_(options), bed_(bed), results_(cases.size()) {}

  Result<std::vector<CaseResult>> run() {
    {
      std::vector<std::jthread> workers;
      for (unsigned i = 0; i < std::max(options_.jobs, 1U); ++i) {
        workers.emplace_back([this] { work(); });
      }
    }
    if (error_) return std::unexpected(std::move(*error_));
    if (asked_to_end != 0) return base::fail(ErrorCode::kernel, "a signal ended the test early");
    return std::move(results_);
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < cases_.size() && asked_to_end == 0; i = next_++) {
      const auto began = Clock::now();
      auto result = take(i);
      if (result) result->took = since(began);
      done(i, std::move(result));
    }
  }

  Result<CaseResult> take(std::size_t i) {
    const Case& one = cases_[i];
    std::string sentence = what_is_missing(one);
    if (bed_.rootless && sentence.empty() && only_filters(one)) {
      sentence = "only root may read filters";
    }
    if (!sentence.empty()) {
      return CaseResult{.name = one.name, .verdict = Verdict::could_not, .reasons = {sentence}};
    }
    return run_case(one, files_, bed_, cat("bulkhead-", ::getpid(), '-', i));
  }

  void done(std::size_t i, Result<CaseResult> result) {
    const std::lock_guard lock(mutex_);
    if (!result && !error_) error_ = std::move(result.error());
    if (error_) next_ = cases_.size();
    if (result) results_[i] = std::move(*result);
    if (options_.progress) options_.progress(++done_, cases_.size());
  }

  const CaseFiles& files_;
  const std::vector<Case>& cases_;
  const SuiteOptions& options_;
  const TestBed& bed_;
  std::vector<CaseResult> results_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::optional<base::Error> error_;
};

// Of what is news; with known differences it is known already.
void reduce_kept_bundles(const CaseFiles& files, const std::vector<Case>& cases, const TestBed& bed,
                         RuntimeResults& runtime) {
  const Deadline deadline = Clock::now() + kReductionBound;
  for (CaseResult& result : runtime.results) {
    const bool news = result.verdict == Verdict::failed || result.verdict == Verdict::different;
    const auto one = std::ranges::find(cases, result.name, &Case::name);
    if (!news || one == cases.end() || asked_to_end != 0) continue;
    result = with_smallest_bundle(*one, files, bed, std::move(result), deadline);
  }
}

}  // namespace

Result<RuntimeResults> run_suite(const CaseFiles& files, const std::vector<Case>& cases,
                                 const SuiteOptions& options) {
  change_this_process();
  end_when_asked();
  auto runtime = identify(options.runtime);
  if (!runtime) return std::unexpected(std::move(runtime.error()));
  const auto known = known_of(options.data, runtime->family);
  if (!known) return std::unexpected(known.error());
  const auto place = Workplace::make(options.keep);
  if (!place) return std::unexpected(place.error());
  const TestBed bed = place->bed(options.runtime);
  if (auto starts = check_it_starts_anything(files, bed); !starts) {
    return std::unexpected(starts.error());
  }
  const auto began = Clock::now();
  auto results = Suite(files, cases, options, bed).run();
  if (!results) return std::unexpected(std::move(results.error()));
  runtime->results = std::move(*results);
  runtime->took = since(began);
  apply_known(*known, *runtime);
  if (bed.keep) reduce_kept_bundles(files, cases, bed, *runtime);
  return runtime;
}

}  // namespace bulkhead::conformance
