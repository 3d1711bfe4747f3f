// A decision as text for people. The layout is kept by tests/golden/explain/.
#include "cli/containers/explain_decision.h"

#include <algorithm>

#include "base/counted.h"
#include "base/text.h"

namespace bulkhead::cli {

using oci_config::EditOperation;
using oci_config::SpecEdit;
using policy::Finding;
using policy::Identity;
using policy::Mode;
using policy::Plan;
using policy::PlannedAppArmor;
using policy::PlannedSeccomp;
using policy::Reason;
using policy::Refusal;

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 20;  // where the text beside a subject begins

// The columns that UTF-8 text takes, counting each character as one.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// A pointer or JSON as it is, unless something in it could move the cursor: then quoted.
std::string printable(const std::string& text) {
  std::string quoted = base::quoted(text, text.size() + 1);
  const bool same = quoted.size() == text.size() + 2 && quoted.compare(1, text.size(), text) == 0;
  return same ? text : quoted;
}

class Page {
 public:
  void line(std::string_view text) { wrap(0, text); }
  void blank() { text_ += '\n'; }
  void heading(std::string_view text) {
    blank();
    line(text);
  }

  // "  subject         text, wrapped under itself".
  void entry(std::string_view subject, std::string_view text) {
    std::string lead = base::cat("  ", subject);
    lead.append(kColumn > lead.size() + 1 ? kColumn - lead.size() : 1, ' ');
    text_ += lead;
    fill(kColumn, std::max(kColumn, lead.size()), text);
  }
  void under(std::string_view text) {
    text_.append(kColumn, ' ');
    fill(kColumn, kColumn, text);
  }
  void wrap(std::size_t indent, std::string_view text) {
    text_.append(indent, ' ');
    fill(indent, indent, text);
  }

  std::string take() { return std::move(text_); }

 private:
  // Appends words, breaking lines at kWidth; a word longer than a line stands alone.
  void fill(std::size_t indent, std::size_t column, std::string_view text) {
    bool first = true;
    while (!text.empty()) {
      const std::string_view word = text.substr(0, text.find(' '));
      text.remove_prefix(std::min(text.size(), word.size() + 1));
      if (word.empty()) continue;
      const std::size_t width = width_of(word);
      if (!first && column + 1 + width > kWidth) {
        text_ += '\n';
        text_.append(indent, ' ');
        column = indent;
      } else if (!first) {
        text_ += ' ';
        ++column;
      }
      text_ += word;
      column += width;
      first = false;
    }
    text_ += '\n';
  }

  std::string text_;
};

void write_identity(const Identity& identity, Page& page) {
  page.line(describe(identity));
  page.entry("engine", name_of(identity.engine));
  if (!identity.id.empty()) page.entry("id", base::quoted(identity.id));
  if (!identity.image.empty()) page.entry("image", base::quoted(identity.image));
  page.entry("privileged", identity.privileged ? "yes" : "no");
}

void write_reasons(const Plan& plan, std::string_view subject, Page& page) {
  for (const Reason& reason : plan.reasons) {
    if (reason.subject != subject) continue;
    page.under(reason.sentence);
    if (!reason.because.empty()) page.under(base::cat("because: ", base::quoted(reason.because)));
  }
}

void write_seccomp(const Plan& plan, Page& page) {
  const PlannedSeccomp& seccomp = plan.seccomp;
  page.entry("seccomp", base::quoted(seccomp.source.text()));
  write_reasons(plan, "seccomp", page);
  if (!seccomp.source_path.empty()) {
    page.under(base::cat("file ", base::quoted(seccomp.source_path)));
    page.under(base::cat("sha256 ", seccomp.source_sha256));
  }
  if (seccomp.profile) {
    page.under(base::cat(base::counted(seccomp.profile->syscalls.size(), "rule"),
                         ", default action ", name_of(seccomp.profile->default_action.action)));
  }
  if (!seccomp.unlogged.empty()) {
    page.under(base::cat("denials are not logged: ", seccomp.unlogged));
  }
}

void write_apparmor(const Plan& plan, Page& page) {
  const PlannedAppArmor& apparmor = plan.apparmor;
  page.entry("apparmor", apparmor.label.empty()
                             ? std::string(apparmor.available ? "unconfined" : "not available")
                             : base::quoted(apparmor.label));
  write_reasons(plan, "apparmor", page);
  if (apparmor.load) page.under("is loaded before the container starts");
}

std::string count_capabilities(const oci_config::CapabilitySets& sets) {
  const auto names = oci_config::capability_names(sets.bounding);
  if (names.empty()) return "none";
  if (names.size() > 14) return base::counted(names.size(), "capability", "capabilities");
  return base::join(names, ", ");
}

// Reasons whose subject has no entry of its own.
void write_other_reasons(const Plan& plan, Page& page) {
  static constexpr std::string_view kOwn[] = {"seccomp", "apparmor", "no_new_privileges",
                                              "capabilities"};
  for (const Reason& reason : plan.reasons) {
    if (std::ranges::find(kOwn, reason.subject) != std::end(kOwn)) continue;
    page.entry(reason.subject, reason.sentence);
    if (!reason.because.empty()) page.under(base::cat("because: ", base::quoted(reason.because)));
  }
}

void write_holds(const Plan& plan, Page& page) {
  page.heading("What must hold");
  write_seccomp(plan, page);
  write_apparmor(plan, page);
  page.entry("no_new_privileges", plan.process.no_new_privileges ? "yes" : "no");
  write_reasons(plan, "no_new_privileges", page);
  page.entry("capabilities", count_capabilities(plan.process.capabilities));
  write_reasons(plan, "capabilities", page);
  write_other_reasons(plan, page);
  page.entry("prove", name_of(plan.prove));
}

struct OperationText {
  std::string operator()(const oci_config::SetMember& set) const {
    constexpr std::size_t kShownBytes = 48;
    return set.json.size() <= kShownBytes
               ? base::cat("set ", set.pointer, " to ", printable(set.json))
               : base::cat("set ", set.pointer, " (", base::counted(set.json.size(), "byte"), ")");
  }
  std::string operator()(const oci_config::RemoveMember& remove) const {
    return base::cat("remove ", remove.pointer);
  }
};

void write_edit(std::string_view title, const SpecEdit& edit, Page& page) {
  if (edit.empty()) return;
  page.heading(title);
  for (const EditOperation& operation : edit.operations) {
    page.wrap(2, std::visit(OperationText{}, operation));
  }
}

void write_findings(std::string_view title, const std::vector<Finding>& findings, Page& page) {
  if (findings.empty()) return;
  page.heading(title);
  for (const Finding& finding : findings) {
    page.entry(name_of(finding.severity), base::cat(finding.message, " [", finding.check, "]"));
    if (!finding.pointer.empty()) page.under(base::cat("at ", printable(finding.pointer)));
    if (!finding.remedy.empty()) page.under(base::cat("remedy: ", finding.remedy));
  }
}

std::string_view but_for(const Plan& plan) {
  if (std::ranges::none_of(plan.findings, policy::keeps_from_starting)) return "";
  return plan.cannot_start ? " (see Findings)" : ", and does not reach its program (see Findings)";
}

std::string_view headline(const Plan& plan) {
  if (plan.mode == Mode::observe) {
    return plan.would_refuse ? "Decision: starts unchanged (mode observe); enforce would refuse it"
                             : "Decision: starts unchanged (mode observe)";
  }
  if (plan.cannot_start) return "Decision: is not started, since nothing can start as planned";
  return plan.edit.empty() ? "Decision: starts as config.json says"
                           : "Decision: starts with a changed config.json";
}

struct DecisionText {
  Page& page;
  void operator()(const Plan& plan) const {
    page.heading(base::cat(headline(plan), but_for(plan)));
    if (plan.would_refuse) write_findings("Reasons to refuse", plan.would_refuse->reasons, page);
    write_holds(plan, page);
    write_edit("Changes", plan.edit, page);
    write_edit("Changes that enforce would make", plan.withheld_edit, page);
    write_findings("Findings", plan.findings, page);
  }
  void operator()(const Refusal& refusal) const {
    page.heading("Decision: refused");
    write_findings("Reasons", refusal.reasons, page);
  }
};

}  // namespace

std::string explain(const policy::Decision& decision, const Identity& identity) {
  Page page;
  write_identity(identity, page);
  std::visit(DecisionText{page}, decision);
  return page.take();
}

}  // namespace bulkhead::cli
