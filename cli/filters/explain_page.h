// The page that `explain` shows of a whole filter: the notorious calls first, then all by purpose.
#pragma once

#include <string>
#include <vector>

#include "cli/filters/explanation.h"
#include "cli/screen/output.h"
#include "policy/syscalls/notorious_syscalls.h"

namespace bulkhead::cli {

struct NotoriousView {
  const policy::NotoriousSyscall* about;
  CallView call;
};

struct GroupView {
  std::string name;
  std::string help;
  std::vector<CallView> calls;  // by name
};

struct PageView {
  std::string title;
  std::string arch;                      // of which the page speaks
  std::string elsewhere;                 // the answer to numbers without a name
  std::vector<NotoriousView> notorious;  // most dangerous kind first
  std::vector<GroupView> groups;         // without empty ones
  std::vector<CallView> other_arches;  // calls that are decided differently there, by architecture
  std::vector<std::string> other_arch_names;
  // Of the machine's architectures those that the profile does not list, and what all their calls
  // get. None for a process, of which each is told call by call.
  std::vector<std::string> unlisted_arch_names;
  std::string unlisted_answer;
  std::vector<policy::Finding> findings;
};

[[nodiscard]] PageView page_of(const FilterSource& source, const policy::FilterDecision& decision,
                               oci_config::SeccompArch native);

// "Calls of x86, x32, which are not listed, are answered with KILL_THREAD."; empty where all are.
[[nodiscard]] std::string text_of_unlisted(const PageView& page);

void write_page_text(const PageView& page, Output& output);
[[nodiscard]] std::string page_json(const PageView& page);
// One self-contained page: no script, no font, no picture from elsewhere; light and dark.
[[nodiscard]] std::string page_html(const PageView& page);

// The answers to questions about single calls.
void write_calls_text(const std::vector<CallView>& calls, Output& output);
void write_findings_text(const std::vector<policy::Finding>& findings, Output& output);
[[nodiscard]] std::string calls_json(const std::vector<CallView>& calls);

}  // namespace bulkhead::cli
