#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy::lint_group {

namespace {

using base::cat;
using oci_config::SeccompAction;
using oci_config::SeccompArch;

constexpr NewCall kNewCalls[] = {
    {"clone3", "glibc 2.34 and later create no thread"},
    {"faccessat2", "access checks of glibc 2.33, musl 1.2.2 and later fail"},
    {"fchmodat2", "chmod of links fails in glibc 2.39 and later"},
    {"statx", "programs that ask for it see no file"},
    {"clock_gettime64", "32-bit programs read no clock"},
    {"futex_time64", "32-bit programs cannot wait"},
};

std::string privileges_text(const StartupNeed& need) {
  if (!need.no_new_privileges) return {};
  return *need.no_new_privileges ? " with no_new_privileges" : " without no_new_privileges";
}

bool exists_here(const CheckContext& context, std::string_view name) {
  if (syscall_number(context.facts.native, name)) return true;
  for (const SeccompArch arch : context.profile.architectures) {
    if (syscall_number(arch, name)) return true;
  }
  return false;
}

struct Unstartable {
  const StartupNeed* need;
  StartupGap gap;
};

// What the profile keeps from starting, of the rows of that stage.
std::vector<Unstartable> unstartable(const CheckContext& context, StartupStage stage) {
  std::vector<Unstartable> out;
  for (const StartupNeed& need : startup_needs(context.facts.native)) {
    if (need.stage != stage) continue;
    for (StartupGap& gap : gaps_in(context, need)) out.push_back({&need, std::move(gap)});
  }
  return out;
}

bool nothing_starts(const CheckContext& context, const std::vector<Unstartable>& rows,
                    StartupStage stage) {
  const auto everywhere = [](const Unstartable& row) { return row.gap.everywhere(); };
  const auto of_stage = [&](const StartupNeed& need) { return need.stage == stage; };
  return std::ranges::count_if(rows, everywhere) ==
         std::ranges::count_if(startup_needs(context.facts.native), of_stage);
}

}  // namespace

bool measured_here(const CheckContext& context) {
  return !startup_needs(context.facts.native).empty();
}

std::vector<StartupGap> gaps_in(const CheckContext& context, const StartupNeed& need) {
  const auto permits = [&](std::string_view name) {
    return standing_of(context.profile, name).permitted;
  };
  return startup_gaps(need, permits, {.sometimes = true, .quote = "'"});
}

void runtime_cannot_start(const CheckContext& context, Findings& findings) {
  if (!measured_here(context)) return;
  for (const Unstartable& row : unstartable(context, StartupStage::runtime)) {
    // A container with no_new_privileges has the smaller need: without that nothing works at all.
    const bool hopeless = row.need->no_new_privileges.value_or(true) && row.gap.everywhere();
    findings.push_back({hopeless ? Severity::error : Severity::warning, "runtime-cannot-start",
                        "/syscalls",
                        cat(row.need->subject, row.gap.where, " cannot start a container",
                            privileges_text(*row.need),
                            ": between loading the filter and execve it needs ", row.gap.missing),
                        "allow these calls (`bulkhead lint --fix` adds them)"});
  }
}

void program_cannot_start(const CheckContext& context, Findings& findings) {
  if (!measured_here(context)) return;
  const auto rows = unstartable(context, StartupStage::program);
  const bool none_starts = nothing_starts(context, rows, StartupStage::program);
  for (const Unstartable& row : rows) {
    findings.push_back({none_starts ? Severity::error : Severity::warning, "program-cannot-start",
                        "/syscalls",
                        cat(row.need->subject, row.gap.where,
                            " cannot start: before main() it needs ", row.gap.missing),
                        "allow these calls (`bulkhead lint --fix` adds them)"});
  }
}

std::vector<NewCall> calls_without_enosys(const CheckContext& context) {
  std::vector<NewCall> out;
  for (const NewCall& call : kNewCalls) {
    if (!exists_here(context, call.name)) continue;
    const SyscallStanding standing = standing_of(context.profile, call.name);
    if (standing.permitted || standing.denial.action != SeccompAction::return_errno) continue;
    if (standing.denial.errno_ret.value_or(EPERM) == ENOSYS) continue;
    out.push_back(call);
  }
  return out;
}

void new_calls_without_enosys(const CheckContext& context, Findings& findings) {
  for (const NewCall& call : calls_without_enosys(context)) {
    const SyscallStanding standing = standing_of(context.profile, call.name);
    findings.push_back(
        {Severity::warning, "errno-hides-fallback", "/syscalls",
         cat('\'', call.name, "' answers errno ", standing.denial.errno_ret.value_or(EPERM), ": ",
             call.consequence, ", since libraries use the older call only on ENOSYS"),
         cat("answer it with \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38 (`--fix` does)")});
  }
}

}  // namespace bulkhead::policy::lint_group
