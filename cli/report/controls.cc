#include "cli/report/controls.h"

#include <algorithm>
#include <array>

#include "base/counted.h"
#include "base/text.h"

namespace bulkhead::cli {

using base::cat;

namespace {

constexpr std::string_view kCisDocker = "CIS Docker 1.6.0";
constexpr std::string_view kCisKubernetes = "CIS Kubernetes 1.8.0";
constexpr std::string_view kHardening = "NSA/CISA Kubernetes Hardening Guide 1.2";
constexpr std::string_view kNist = "NIST SP 800-190";

constexpr std::array kControls = {
    Control{kCisDocker, "5.2", "Ensure that, if applicable, an AppArmor Profile is enabled",
            Evidence::labels},
    Control{kCisDocker, "5.5", "Ensure that privileged containers are not used",
            Evidence::not_privileged},
    Control{kCisDocker, "5.22", "Ensure the default seccomp profile is not Disabled",
            Evidence::filters},
    Control{kCisDocker, "5.26",
            "Ensure that the container is restricted from acquiring additional privileges",
            Evidence::no_new_privs},
    Control{kCisKubernetes, "5.2.2", "Minimize the admission of privileged containers",
            Evidence::not_privileged},
    Control{kCisKubernetes, "5.2.6",
            "Minimize the admission of containers with allowPrivilegeEscalation",
            Evidence::no_new_privs},
    Control{kCisKubernetes, "5.7.2",
            "Ensure that the seccomp profile is set to docker/default in your pod definitions",
            Evidence::filters},
    Control{kCisKubernetes, "5.7.3", "Apply Security Context to Your Pods and Containers",
            Evidence::proofs},
    Control{kHardening, "", "Pod security enforcement", Evidence::proofs},
    Control{kHardening, "", "Hardening container environments", Evidence::labels},
    Control{kNist, "4.4.3", "Insecure container runtime configurations", Evidence::proofs},
    Control{kNist, "4.4.4", "App vulnerabilities", Evidence::record},
    Control{kNist, "4.4.5", "Rogue containers", Evidence::record},
};

// ---- what a container has
// ------------------------------------------------------------------------

bool has_label(const ReportedContainer& container) {
  return !container.apparmor.empty() && container.apparmor != "unconfined";
}
bool has_no_new_privs(const ReportedContainer& container) { return container.no_new_privileges; }
bool is_not_privileged(const ReportedContainer& container) { return !container.privileged; }
bool has_filter(const ReportedContainer& container) { return container.has_filter(); }
bool is_proved_and_holds(const ReportedContainer& container) {
  return container.is_proved() && (container.now == "holds" || container.now == "ended");
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> first(
      names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown)));
  return names.size() > kShown
             ? cat(base::join(first, ", "), " and ", names.size() - kShown, " more")
             : base::join(first, ", ");
}

struct Question {
  bool (*has)(const ReportedContainer&);
  std::string_view what;  // "have a seccomp filter"
};

ControlAnswer answer_of(const Question& question, const NodeReport& report) {
  std::vector<std::string> without;
  for (const ReportedContainer& container : report.containers) {
    if (!question.has(container)) without.push_back(container.name);
  }
  const std::size_t all = report.containers.size();
  if (all == 0) return {.evidence = "no container runs that started through Bulkhead"};
  std::string evidence = cat(all - without.size(), " of ", all, ' ', question.what);
  if (!without.empty()) evidence += cat("; not: ", some_of(without));
  const bool is_whole = report.unrecorded.empty() && report.uncovered.empty();
  if (!report.unrecorded.empty()) evidence += "; other containers started past Bulkhead";
  if (!report.uncovered.empty()) {
    evidence += cat("; those of ", base::join(report.uncovered, ", "), " may start past Bulkhead");
  }
  const auto standing = without.size() == all         ? ControlStanding::not_met
                        : without.empty() && is_whole ? ControlStanding::met
                                                      : ControlStanding::partly;
  return {.standing = standing, .evidence = std::move(evidence)};
}

ControlAnswer answer_of_record(const NodeReport& report) {
  const std::string logged =
      cat(base::counted(report.refusals.size() + report.denials.size(), "kind"),
          " of refusals and denials listed");
  const bool all = report.denials_recorded.light == Light::good;
  return {.standing = all ? ControlStanding::met : ControlStanding::partly,
          .evidence = cat(logged, "; denials: ", report.denials_recorded.text)};
}

ControlAnswer answer_to(Evidence evidence, const NodeReport& report) {
  switch (evidence) {
    case Evidence::filters: return answer_of({has_filter, "have a seccomp filter"}, report);
    case Evidence::labels: return answer_of({has_label, "have an AppArmor profile"}, report);
    case Evidence::no_new_privs: return answer_of({has_no_new_privs, "have no_new_privs"}, report);
    case Evidence::not_privileged:
      return answer_of({is_not_privileged, "are not privileged"}, report);
    case Evidence::proofs:
      return answer_of({is_proved_and_holds, "were proved at their start and hold it now"}, report);
    case Evidence::record: return answer_of_record(report);
  }
  return {};
}

}  // namespace

std::span<const Control> controls() { return kControls; }

std::string_view name_of(ControlStanding standing) {
  switch (standing) {
    case ControlStanding::met: return "met";
    case ControlStanding::partly: return "partly";
    case ControlStanding::not_met: return "not met";
    case ControlStanding::no_evidence: return "no evidence";
  }
  return "no evidence";
}

std::vector<ControlAnswer> control_answers(const NodeReport& report) {
  std::vector<ControlAnswer> answers;
  for (const Control& control : kControls) {
    answers.push_back(answer_to(control.evidence, report));
    answers.back().control = &control;
  }
  return answers;
}

}  // namespace bulkhead::cli
