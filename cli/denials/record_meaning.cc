#include "cli/denials/record_meaning.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audit/denials/denial_cause.h"
#include "audit/denials/denial_remedy.h"
#include "audit/denials/pasted_record.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

using audit::AppArmorRecord;
using audit::AppArmorVerdict;
using audit::Denial;
using base::cat;
using base::quoted;
using base::Result;

// ---- seccomp ------------------------------------------------------------------------------------

// `ausearch -i` writes one word for both.
constexpr std::string_view kEitherKill = "KILL_PROCESS or KILL_THREAD";

struct ActionText {
  std::string_view action, what;
};
constexpr std::array<ActionText, 9> kActions = {{
    {"ERRNO", "the call was answered with an error"},
    {"KILL_PROCESS", "the process was ended at this call"},
    {"KILL_THREAD", "the thread was ended at this call"},
    {kEitherKill, "the process was ended at this call, or the thread alone"},
    {"TRAP", "the process got SIGSYS at this call, which ends what does not catch it"},
    {"LOG", "the call was let through, and logged"},
    {"TRACE", "the call was handed to a tracer; without one it fails with ENOSYS"},
    {"NOTIFY", "the call was handed to another process, which answers it"},
    {"ALLOW", "the call was let through, and logged"},
}};

std::string_view what_of(const Denial& denial) {
  const auto* row = std::ranges::find(kActions, denial.action, &ActionText::action);
  return row == kActions.end() ? "the call was denied" : row->what;
}

struct OtherHalf {
  std::string_view arch, listed, programs;
};
// Architectures whose programs run on another one's kernel, and whose calls a profile without them
// ends.
constexpr std::array<OtherHalf, 3> kOtherHalves = {{
    {"x86", "SCMP_ARCH_X86", "32-bit programs"},
    {"x32", "SCMP_ARCH_X32", "x32 programs"},
    {"arm", "SCMP_ARCH_ARM", "32-bit programs"},
}};

const OtherHalf* other_half(const Denial& denial) {
  const auto* row = std::ranges::find(kOtherHalves, denial.arch, &OtherHalf::arch);
  return row == kOtherHalves.end() ? nullptr : row;
}

std::string architecture_remedy(const OtherHalf& half) {
  return cat(R"("architectures": [ …, ")", half.listed, R"("])");
}

std::string likely_cause(const Denial& denial) {
  const std::string call = denial.syscall.empty() ? cat("number ", denial.nr) : denial.syscall;
  const std::string action =
      denial.action == kEitherKill ? "KILL_PROCESS or SCMP_ACT_KILL_THREAD" : denial.action;
  std::string cause =
      cat("a rule with SCMP_ACT_", action, " for ", call, ", or a default action that is it");
  const OtherHalf* half = other_half(denial);
  if (half == nullptr || !denial.action.starts_with("KILL")) return cause;
  return cause + cat("; or the profile does not list ", half->listed, ", and ends all ",
                     half->programs, ": then add the architecture, ", architecture_remedy(*half),
                     R"( (where the policy's "seccomp": {"architectures": "native"} took it out, )"
                     "a rule with \"as-asked\" leaves it there)");
}

RecordMeaning seccomp_meaning(Denial denial, const oci_config::SeccompProfile* profile) {
  if (profile != nullptr) denial.cause = audit::cause_in(*profile, denial);
  audit::Remedy remedy = audit::remedy_of(denial, nullptr);
  denial.remedy = std::move(remedy.fragment);
  denial.caution = std::move(remedy.caution);
  RecordMeaning meaning{.denial = std::move(denial)};
  meaning.what = what_of(*meaning.denial);
  meaning.by = profile != nullptr ? meaning.denial->cause : likely_cause(*meaning.denial);
  return meaning;
}

// ---- AppArmor -----------------------------------------------------------------------------------

std::string_view what_of(AppArmorVerdict verdict) {
  switch (verdict) {
    case AppArmorVerdict::denied: return "the access was denied";
    case AppArmorVerdict::allowed:
      return "the access was let through, by a profile in complain mode";
    case AppArmorVerdict::killed: return "the process was ended at this access";
  }
  return "the access was denied";
}

std::string cause_of(const AppArmorRecord& facts) {
  if (facts.info == "no new privs") return "no_new_privs, not a rule";
  if (facts.info.contains("not found") && facts.operation.starts_with("change_")) {
    return cat("no profile ", quoted(facts.name), " is loaded, not a rule");
  }
  if (facts.info.starts_with("Userns create restricted")) {
    return "the node keeps unconfined programs from making user namespaces "
           "(kernel.apparmor_restrict_unprivileged_userns): it takes a profile with `userns,`";
  }
  const std::string profile = cat("profile ", quoted(facts.profile));
  if (facts.verdict == AppArmorVerdict::allowed) {
    return cat("no rule of ", profile, " allows it; enforced, it would be denied");
  }
  if (facts.verdict == AppArmorVerdict::killed) {
    return cat("no rule of ", profile, " allows it, which has flags=(kill)");
  }
  return cat("no rule of ", profile, " allows it, or a rule `audit deny` forbids it");
}

RecordMeaning apparmor_meaning(Denial denial, const AppArmorRecord& facts) {
  RecordMeaning meaning{.denial = std::move(denial)};
  meaning.what = what_of(facts.verdict);
  meaning.by = cause_of(facts);
  audit::Remedy remedy = audit::remedy_of(*meaning.denial, &facts);
  meaning.denial->remedy = std::move(remedy.fragment);
  meaning.denial->caution = std::move(remedy.caution);
  return meaning;
}

// ---- what is no denial --------------------------------------------------------------------------

struct NoDenial {
  std::string_view sign, why;
};
constexpr std::array<NoDenial, 5> kNoDenials = {{
    {"apparmor=\"STATUS\"", "no denial: AppArmor says that its profiles changed"},
    {"apparmor=\"AUDIT\"", "no denial: a rule with `audit` allowed it and has it logged"},
    {"apparmor=\"HINT\"", "no denial: a hint of AppArmor to the record beside it"},
    {"apparmor=\"ERROR\"", "no denial: AppArmor could not do what it was asked for"},
    {"avc:", "a record of SELinux, which Bulkhead does not read"},
}};

std::optional<RecordMeaning> no_denial(const audit::PastedRecord& record) {
  const auto* row = std::ranges::find_if(
      kNoDenials, [&](const NoDenial& one) { return record.text.contains(one.sign); });
  if (row == kNoDenials.end()) return std::nullopt;
  return RecordMeaning{.denial = {}, .time = record.time, .what = std::string(row->why), .by = {}};
}

// ---- what ausearch -i does not tell -------------------------------------------------------------

base::Error no_number(const std::string& call) {
  return {base::ErrorCode::invalid_input,
          cat("which number the call ", quoted(call), " has on this architecture is not known"),
          "give the line as audit.log has it, or ausearch without -i"};
}

std::string_view untold(audit::Lost lost) {
  switch (lost) {
    case audit::Lost::socket_family: return "the family of the socket";
    case audit::Lost::mount_options: return "the options of the mount";
    case audit::Lost::process_or_thread:
    case audit::Lost::nothing: break;
  }
  return {};
}

// A rule that lacks it would allow more than was asked for.
void tell_lost(audit::Lost lost, Denial& denial) {
  if (untold(lost).empty()) return;
  denial.remedy.clear();
  denial.caution = cat("`ausearch -i` does not tell ", untold(lost),
                       ": the line without -i does, and what would allow it");
}

}  // namespace

Result<std::optional<RecordMeaning>> meaning_of(std::string_view line,
                                                const oci_config::SeccompProfile* profile) {
  const auto record = audit::pasted_record(line);
  if (!record) return std::nullopt;
  if (!record->call_without_number.empty()) {
    return std::unexpected(no_number(record->call_without_number));
  }
  auto parsed = audit::parse_kernel_record(record->type, record->text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const auto* denial = std::get_if<audit::KernelDenial>(&*parsed);
  if (denial == nullptr) return no_denial(*record);
  const auto* facts = std::get_if<AppArmorRecord>(&denial->facts);
  Denial told = audit::denial_of(*denial);
  if (record->lost == audit::Lost::process_or_thread) told.action = kEitherKill;
  RecordMeaning meaning = facts != nullptr ? apparmor_meaning(std::move(told), *facts)
                                           : seccomp_meaning(std::move(told), profile);
  tell_lost(record->lost, *meaning.denial);
  const bool has_stamp = denial->stamp.seconds != 0;
  if (!has_stamp) meaning.denial->time = record->time;
  meaning.time = meaning.denial->time;
  return meaning;
}

}  // namespace bulkhead::cli
