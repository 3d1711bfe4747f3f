#include "base/exit_codes.h"

namespace bulkhead::base {

namespace {

constexpr ExitCodeRow kTable[] = {
    {ExitCode::ok, "ok", "done; check and verify: confined; diff: equal"},
    {ExitCode::different, "different", "a comparison or a check found a difference"},
    {ExitCode::usage, "usage", "the command line cannot be understood"},
    {ExitCode::refused, "refused", "the policy refuses the container"},
    {ExitCode::bad_input, "bad-input",
     "a document (config.json, process.json, profile) is not valid"},
    {ExitCode::policy, "policy", "the policy is not valid or cannot be read"},
    {ExitCode::runtime, "runtime", "the OCI runtime is missing or cannot be executed"},
    {ExitCode::system, "system",
     "input or output failed, or the kernel refused or lacks something"},
    {ExitCode::incomplete, "incomplete",
     "a record has losses: what is made of it may lack something"},
    {ExitCode::internal, "internal", "a defect of Bulkhead: please report it"},
};

}  // namespace

std::span<const ExitCodeRow> exit_code_table() { return kTable; }

ExitCode exit_code_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return ExitCode::usage;
    case ErrorCode::io: return ExitCode::system;
    case ErrorCode::invalid_input: return ExitCode::bad_input;
    case ErrorCode::policy: return ExitCode::policy;
    case ErrorCode::refused: return ExitCode::refused;
    case ErrorCode::runtime: return ExitCode::runtime;
    case ErrorCode::unsupported: return ExitCode::system;
    case ErrorCode::kernel: return ExitCode::system;
    case ErrorCode::internal: return ExitCode::internal;
  }
  return ExitCode::internal;
}

}  // namespace bulkhead::base
