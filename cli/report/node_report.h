// What is known of this node, for those who ask for evidence: a value, and the text of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/output.h"
#include "cli/screen/status_line.h"

namespace bulkhead::cli {

// A container that started through Bulkhead: what its record says, and what the kernel says now.
struct ReportedContainer {
  std::string name, engine, image;
  bool privileged = false;
  std::string seccomp, apparmor;  // as proved; apparmor empty where none was demanded
  bool no_new_privileges = false;
  std::string state;     // "proved"
  std::string proof;     // how: "same-program"; empty where nothing was proved
  std::string time;      // of the state, RFC 3339
  std::string program;   // SHA-256 of the filter that was proved; or empty
  std::string now;       // "holds", "differs", …; empty where the kernel was not asked
  std::string sentence;  // why not, or what the mode observe let through
  [[nodiscard]] bool is_proved() const { return state == "proved" || state == "installed"; }
  [[nodiscard]] bool has_filter() const;
};

// What the node's owner lets go, with the reason.
struct Exemption {
  std::string rule;  // "rule 'cni'"
  std::string whom;  // "namespace 'kube-system'"
  std::string what;  // "seccomp.unset: 'keep' where 'runtime-default' holds otherwise"
  std::string because;
  std::vector<std::string> containers;  // that run, and got it
};

// Events or denials of one container that say the same.
struct Counted {
  std::uint64_t count = 0;
  std::string container, what, why;
  std::string last;  // RFC 3339
};

struct NodeReport {
  std::string host, kernel, version;
  std::string time;   // of the report
  std::string since;  // the beginning of its period; empty: as long as the logs go back
  std::string mode;   // "enforce"; empty where the policy is not valid
  std::string prove;
  std::vector<StatusLine> doors;         // programs, policy, kernel, engines, hooks
  std::vector<std::string> not_covered;  // what no part of Bulkhead stands in front of
  std::vector<std::string> uncovered;    // engines whose containers need not pass through Bulkhead
  std::vector<std::string> unrecorded;   // processes of containers that started past Bulkhead
  std::vector<ReportedContainer> containers;
  std::vector<Exemption> exemptions;
  std::vector<Counted> refusals;
  std::vector<Counted> denials;
  StatusLine denials_recorded;       // the verdict of `bulkhead status`; good: all of them
  std::vector<std::string> drift;    // what is not as it was installed, or proved
  std::vector<std::string> unknown;  // what could not be told, and why
};

[[nodiscard]] bool is_in_order(const NodeReport& report);
// "5 of 6 containers were proved, 1 refusal, …": the one sentence of the whole page.
[[nodiscard]] std::string summary_of(const NodeReport& report);

void write_report_text(const NodeReport& report, Output& output);
[[nodiscard]] std::string report_json(const NodeReport& report);
// One self-contained page: no script, no font, no picture from elsewhere; light, dark and print.
[[nodiscard]] std::string report_html(const NodeReport& report);

}  // namespace bulkhead::cli
