#include "shim/exec_process.h"

#include "shim/option_values.h"

namespace bulkhead::shim {

namespace {

using oci_config::CapabilityMask;
using oci_config::CapabilitySets;
using oci_config::ProcessSpec;

// runc exec.go, youki tenant_builder.rs
CapabilitySets with_added(const std::optional<CapabilitySets>& container, CapabilityMask added) {
  CapabilitySets sets = container.value_or(CapabilitySets{});
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) *set |= added;
  if (sets.inheritable != 0) sets.ambient |= added;
  return sets;
}

// crun exec.c
CapabilitySets only(CapabilityMask asked) {
  return {.bounding = asked, .effective = asked, .permitted = asked, .ambient = asked};
}

void take_capabilities(const CommandLine& line, ProcessSpec& process) {
  const CapabilityMask asked = asked_capabilities(line);
  if (asked == 0) return;
  switch (line.family) {
    case Family::runc:
    case Family::youki: process.capabilities = with_added(process.capabilities, asked); break;
    case Family::crun: process.capabilities = only(asked); break;
    case Family::other: process.capabilities = with_added(process.capabilities, asked); break;
  }
}

void take_user(const CommandLine& line, ProcessSpec& process) {
  if (line.family != Family::runc) process.uid = process.gid = 0;
  const auto user = line.user ? parse_user(*line.user) : std::nullopt;
  if (!user) return;
  process.uid = user->uid;
  process.gid = user->gid.value_or(process.gid);
}

void take_no_new_privs(const CommandLine& line, ProcessSpec& process) {
  const bool container_has_it = process.no_new_privileges;
  switch (line.family) {
    case Family::runc:
      process.no_new_privileges = line.no_new_privs.value_or(container_has_it);
      break;
    case Family::youki:
      process.no_new_privileges = line.no_new_privs.value_or(false) || container_has_it;
      break;
    case Family::crun:
    case Family::other: process.no_new_privileges = line.no_new_privs.value_or(false); break;
  }
}

}  // namespace

CapabilityMask asked_capabilities(const CommandLine& line) {
  CapabilityMask mask = 0;
  for (const std::string& name : line.capabilities) {
    if (const auto number = oci_config::capability_number(name)) {
      mask |= CapabilityMask{1} << *number;
    }
  }
  return mask;
}

ProcessSpec process_from_options(const CommandLine& line,
                                 const oci_config::RuntimeSpec& container) {
  ProcessSpec process = container.process.value_or(ProcessSpec{});
  if (line.operands.size() > 1) process.args.assign(line.operands.begin() + 1, line.operands.end());
  take_user(line, process);
  take_no_new_privs(line, process);
  take_capabilities(line, process);
  if (line.family == Family::youki) process.apparmor_profile.reset();
  if (line.apparmor) process.apparmor_profile = *line.apparmor;
  return process;
}

}  // namespace bulkhead::shim
