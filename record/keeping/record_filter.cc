#include "record/keeping/record_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace bulkhead::record {

namespace {

using policy::FilterInstruction;
using policy::FilterProgram;

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kIfAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr FilterInstruction kLoadArch = {.code = kLoad, .k = offsetof(seccomp_data, arch)};
constexpr FilterInstruction kLoadNumber = {.code = kLoad, .k = offsetof(seccomp_data, nr)};
constexpr FilterInstruction kAllow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
constexpr FilterInstruction kLog = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_LOG};

using Numbers = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // from, to (one beyond)

// Runs of numbers that follow one another. The largest number is never one of them.
Numbers runs_of(const std::set<CallKey>& known, std::uint32_t arch) {
  Numbers runs;
  for (const CallKey& call : known) {
    if (call.arch != arch || call.number == UINT32_MAX) continue;
    if (!runs.empty() && runs.back().second == call.number) {
      ++runs.back().second;
    } else {
      runs.emplace_back(call.number, call.number + 1);
    }
  }
  return runs;
}

// The accumulator holds the architecture, also behind the block.
void add_block(FilterProgram& program, std::uint32_t arch, const Numbers& runs,
               std::size_t most_instructions) {
  constexpr std::size_t kFrame = 4;  // beside the runs
  constexpr std::size_t kOfRun = 3;
  if (program.size() + kFrame > most_instructions) return;
  program.push_back({.code = kIfEqual, .jt = 1, .jf = 0, .k = arch});
  const std::size_t jump = program.size();
  program.push_back({.code = BPF_JMP | BPF_JA});
  program.push_back(kLoadNumber);
  for (const auto& [from, to] : runs) {
    if (program.size() + kOfRun + 1 > most_instructions) break;
    program.push_back({.code = kIfAtLeast, .jt = 0, .jf = 2, .k = from});
    program.push_back({.code = kIfAtLeast, .jt = 1, .jf = 0, .k = to});
    program.push_back(kAllow);
  }
  program.push_back(kLog);
  program[jump].k = static_cast<std::uint32_t>(program.size() - jump - 1);
}

}  // namespace

FilterProgram foreign_calls_filter(std::uint32_t native) {
  return {kLoadArch, {.code = kIfEqual, .jt = 0, .jf = 1, .k = native}, kAllow, kLog};
}

FilterProgram unknown_calls_filter(const std::set<CallKey>& known) {
  constexpr std::size_t kMostInstructions = BPF_MAXINSNS - 1;  // and the last answer
  FilterProgram program = {kLoadArch};
  std::set<std::uint32_t> architectures;
  for (const CallKey& call : known) architectures.insert(call.arch);
  for (const std::uint32_t arch : architectures) {
    add_block(program, arch, runs_of(known, arch), kMostInstructions);
  }
  program.push_back(kLog);
  return program;
}

}  // namespace bulkhead::record
