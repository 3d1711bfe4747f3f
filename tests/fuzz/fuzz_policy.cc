// A policy document: read or refused with a sentence, and what was read is whole and decides.
#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/containers/explain_decision.h"
#include "policy/decide/decide.h"
#include "policy/settings/policy_reader.h"
#include "policy/settings/policy_weakening.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::policy;
using bulkhead::fuzz::require;

namespace {

void check_rules(const Policy& policy) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    require(!policy.rules[i].name.empty(), "every rule has a name");
    require(!policy.rules[i].because.empty() || weakenings(policy, i).empty(),
            "what weakens has a reason");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto policy = read_policy({{"policy.json", text}});
  if (!policy) {
    require(policy.error().code == bulkhead::base::ErrorCode::policy, "the error is the policy's");
    require(!policy.error().message.empty(), "the error has a sentence");
    return 0;
  }
  require(!policy->globals.seccomp_profile, "no profile is global");
  check_rules(*policy);
  bulkhead::oci_config::RuntimeSpec spec;
  spec.process.emplace();
  const Identity identity{.engine = Engine::crio, .id = "c", .namespace_ = "shop", .pod = "web"};
  const Decision decision = decide(spec, identity, policy_for(identity, *policy), NodeFacts{});
  require(!bulkhead::cli::explain(decision, identity).empty(), "every decision is explained");
  return 0;
}
