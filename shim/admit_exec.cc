#include "shim/admit_exec.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "oci-config/bundle.h"
#include "oci-config/spec_edit.h"
#include "shim/container_state.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using base::UniqueFd;

// Runtimes pass descriptors 3 .. 2+preserve_fds on to the process and close the others.
constexpr unsigned kLowestMemfd = 64;

Result<std::string> path_of_memfd(std::string_view text, unsigned preserve_fds) {
  UniqueFd file(::memfd_create("process.json", MFD_CLOEXEC));
  if (!file.valid()) return base::fail_errno(ErrorCode::kernel, "create", "memfd process.json");
  if (auto written = base::write_all(file.get(), text, "memfd process.json"); !written) {
    return std::unexpected(std::move(written.error()));
  }
  const auto lowest = static_cast<int>(std::max(kLowestMemfd, preserve_fds + 3));
  const int kept =
      ::fcntl(file.get(), F_DUPFD, lowest);  // without FD_CLOEXEC: the runtime reads it
  if (kept < 0) return base::fail_errno(ErrorCode::kernel, "duplicate", "memfd process.json");
  return cat("/proc/self/fd/", kept);
}

oci_config::CapabilityMask asked_capabilities(const CommandLine& line) {
  oci_config::CapabilityMask mask = 0;
  for (const WordPlace& place : line.capabilities) {
    if (const auto number = oci_config::capability_number(line.value(place))) {
      mask |= oci_config::CapabilityMask{1} << *number;
    }
  }
  return mask;
}

void add_capabilities(oci_config::CapabilitySets& sets, oci_config::CapabilityMask added) {
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) *set |= added;
}

// The process that a runtime builds from the container's own process and the command line.
oci_config::ProcessSpec process_from_options(const CommandLine& line,
                                             const oci_config::RuntimeSpec& container,
                                             const policy::NodeFacts& facts) {
  oci_config::ProcessSpec process = container.process.value_or(oci_config::ProcessSpec{});
  // runc keeps the container's no_new_privileges where the option is absent; crun takes the option
  // alone. A runtime of another family is taken to be like crun.
  const bool kept = facts.runtime.family == "runc" && process.no_new_privileges;
  process.no_new_privileges = line.no_new_privs.value_or(kept);
  if (line.apparmor) process.apparmor_profile = line.value(*line.apparmor);
  if (process.capabilities) add_capabilities(*process.capabilities, asked_capabilities(line));
  return process;
}

// Carries the plan out by options of `exec`.
Result<void> change_options(CommandLine& line, const oci_config::ProcessSpec& process,
                            const policy::Plan& plan) {
  const auto planned = plan.process.capabilities.bounding;
  if (const auto dropped = asked_capabilities(line) & ~planned; dropped != 0) {
    return base::fail(
        ErrorCode::refused,
        cat("--cap asks for ", base::join(oci_config::capability_names(dropped), ", "),
            ", which the policy drops from every process (process.drop_capabilities)"),
        "leave the option out, or exempt the container by a rule with \"because\"");
  }
  const std::string& label = plan.apparmor.label;
  if (!label.empty() && process.apparmor_profile != label) {
    if (line.apparmor) {
      replace_value(line, *line.apparmor, label);
    } else {
      insert_options(line, {cat("--apparmor=", label)});
    }
  }
  if (plan.process.no_new_privileges && !process.no_new_privileges) {
    insert_options(line, {"--no-new-privs"});
  }
  return {};
}

// Where the process to be executed comes from.
struct ExecProcess {
  std::optional<oci_config::OpenDocument> document;  // of --process
  oci_config::ProcessSpec spec;
};

Result<ExecProcess> read_process(const CommandLine& line, const oci_config::RuntimeSpec& container,
                                 const policy::NodeFacts& facts) {
  if (!line.process_file) return ExecProcess{{}, process_from_options(line, container, facts)};
  auto document = oci_config::open_process(line.value(*line.process_file));
  if (!document) return std::unexpected(std::move(document.error()));
  auto spec = oci_config::read_process_spec(document->document);
  if (!spec) return std::unexpected(std::move(spec.error()));
  return ExecProcess{std::move(*document), std::move(*spec)};
}

Result<void> change_process(CommandLine& line, const ExecProcess& process,
                            const policy::Plan& plan) {
  if (!process.document) return change_options(line, process.spec, plan);
  auto text = oci_config::apply(process.document->document, plan.edit);
  if (!text) return std::unexpected(std::move(text.error()));
  if (*text == process.document->document.text()) return {};
  auto path = path_of_memfd(*text, line.preserve_fds);
  if (!path) return std::unexpected(std::move(path.error()));
  replace_value(line, *line.process_file, *path);
  return {};
}

struct Exec {
  policy::Identity identity;
  policy::Decision decision;
};

Result<Exec> decide_and_change(CommandLine& line, const oci_config::RuntimeSpec& container,
                               const admission::Request& request, const policy::Policy& policy) {
  const policy::Identity identity = policy::identify(container, request.invocation);
  auto facts = admission::gather_facts(container, identity, policy, request);
  if (!facts) return std::unexpected(std::move(facts.error()));
  auto process = read_process(line, container, *facts);
  if (!process) return std::unexpected(std::move(process.error()));
  auto decision = policy::decide_exec(process->spec, container, identity, policy, *facts);
  auto* plan = std::get_if<policy::Plan>(&decision);
  if (plan != nullptr && plan->mode == policy::Mode::enforce) {
    if (auto loaded = admission::load_apparmor(*plan, identity, policy, request.paths); !loaded) {
      return std::unexpected(std::move(loaded.error()));
    }
    if (auto changed = change_process(line, *process, *plan); !changed) {
      return std::unexpected(std::move(changed.error()));
    }
  }
  return Exec{identity, std::move(decision)};
}

}  // namespace

Outcome admit_exec(CommandLine& line, const std::string& runtime, const policy::Policy& policy,
                   const base::Paths& paths) {
  constexpr std::string_view kStage = "shim exec";
  const policy::Identity only_id{.id = line.container_id};
  auto container = read_container_spec({line.root, runtime, line.container_id});
  if (!container)
    return outcome_of(std::move(container.error()), only_id, kStage, policy.mode.value);
  // There is no such container, which the runtime will say, or its state is where Bulkhead does not
  // look: the node's policy for processes applies all the same.
  const oci_config::RuntimeSpec unknown{.process = oci_config::ProcessSpec{}};
  const oci_config::RuntimeSpec& spec = *container ? **container : unknown;
  const admission::Request request{
      .invocation = {line.container_id, line.root, {}}, .runtime_path = runtime, .paths = paths};
  auto exec = decide_and_change(line, spec, request, policy);
  if (!exec) return outcome_of(std::move(exec.error()), only_id, kStage, policy.mode.value);
  return outcome_of(exec->decision, exec->identity, kStage);
}

}  // namespace bulkhead::shim
