// What the exact analysis costs, over one libseccomp build of the same profile in the same run: one
// JSON line for each measure, {"name","ratio","goal","unit"}.
//
// The profile is the containers-common default of this machine, or the file that is named, expanded
// for Docker's capabilities: the size that containers run with, on three architectures. CPU time,
// medians of interleaved rounds.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.h"
#include "kernel/filters/seccomp_compiler.h"
#include "oci-config/seccomp_profile.h"
#include "policy/analysis/filter_decision.h"
#include "policy/checks/expand.h"
#include "policy/fallback/runtime_default.h"
#include "tests/bench/measure.h"

namespace {

using namespace bulkhead;
using bulkhead::bench::median;

constexpr int kRounds = 21;
constexpr oci_config::CapabilityMask kDockerCapabilities = 0xa80425fb;

// libseccomp works in a process of its own (kernel/filters/bounded_child.h), which counts.
double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6 +
         bench::descendants_cpu_ns() / 1e6;
}

template <class Work>
double cost_ms(const Work& work) {
  const double start = cpu_ms();
  if (!work()) std::fputs("bench_filters: a measured step failed\n", stderr);
  return cpu_ms() - start;
}

void print(const char* name, double value, double goal, const char* unit) {
  std::printf("{\"name\": \"%s\", \"ratio\": %.4f, \"goal\": %.1f, \"unit\": \"%s\"}\n", name,
              value, goal, unit);
}

base::Result<oci_config::SeccompProfile> profile_in(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto profile = oci_config::parse_seccomp_profile(std::move(text), base::quoted(path));
  if (!profile) return profile;
  return policy::expand(*profile, {.capabilities = kDockerCapabilities, .kernel = {6, 1}});
}

struct Costs {
  std::vector<double> build, analyse, compare, proof;
};

int measure(const oci_config::SeccompProfile& profile) {
  const auto fallback =
      policy::runtime_default_for({.capabilities = kDockerCapabilities, .kernel = {6, 1}});
  const auto one = kernel::compile_seccomp(profile);
  const auto other = kernel::compile_seccomp(fallback);
  if (!one || !other) return 1;
  // What runc installs: an ENOSYS answer for numbers beyond the profile, then the program.
  policy::FilterProgram installed{{0x20, 0, 0, 0}, {0x25, 0, 1, 0x4fffffff}, {0x06, 0, 0, 0x50026}};
  installed.insert(installed.end(), one->begin(), one->end());
  Costs costs;
  for (int round = 0; round < kRounds; ++round) {
    costs.build.push_back(cost_ms([&] { return kernel::compile_seccomp(profile).has_value(); }));
    costs.analyse.push_back(cost_ms([&] { return policy::analyse({*one}).has_value(); }));
    costs.compare.push_back(cost_ms([&] { return policy::compare({*one}, {*other}).has_value(); }));
    costs.proof.push_back(cost_ms([&] { return policy::allows_more({*one}, *one).has_value(); }));
  }
  const double build = median(costs.build);
  print("analyse", median(costs.analyse) / build, 0.5, "of one libseccomp build");
  print("compare", median(costs.compare) / build, 1.0, "of one libseccomp build");
  print("gate-proof", median(costs.proof), 0.3, "ms");
  std::vector<double> stub;
  for (int round = 0; round < kRounds; ++round) {
    stub.push_back(cost_ms([&] { return policy::allows_more({installed}, *one).has_value(); }));
  }
  std::fprintf(
      stderr,
      "build %.2f ms, analyse %.3f ms, compare %.3f ms, proof of the same program %.3f ms, "
      "proof by analysis behind a stub %.3f ms, %zu instructions\n",
      build, median(costs.analyse), median(costs.compare), median(costs.proof), median(stub),
      one->size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto profile = profile_in(argc > 1 ? argv[1] : "/usr/share/containers/seccomp.json");
  if (!profile) {
    std::fprintf(stderr, "bench_filters: %s\n", profile.error().sentence().c_str());
    return 1;
  }
  return measure(*profile);
}
