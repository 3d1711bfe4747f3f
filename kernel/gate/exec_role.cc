#include "kernel/gate/exec_role.h"

namespace bulkhead::kernel {

namespace {

bool is_outer_hook(const ExecFacts& facts) {
  return facts.door != Door::exec && facts.is_declared_hook && facts.parent_is_of_runtime;
}

ExecRole role_outside(const ExecFacts& facts) {
  // A wrapper that becomes another runtime, and a runtime that becomes itself.
  if (facts.is_runtime_process || facts.is_runtime_image) return ExecRole::runtime;
  if (is_outer_hook(facts)) return ExecRole::hook;
  if (facts.door == Door::restore) return ExecRole::restorer;
  return facts.may_be_outside ? ExecRole::program : ExecRole::runtime;
}

}  // namespace

ExecRole role_of(const ExecFacts& facts) {
  if (!facts.inside && !facts.confined) return role_outside(facts);
  const bool is_inner_hook =
      facts.door == Door::start && facts.is_declared_hook && facts.parent_is_waiting_init;
  return is_inner_hook ? ExecRole::hook : ExecRole::program;
}

}  // namespace bulkhead::kernel
