#include "cli/filters/explain_page.h"

#include <algorithm>

#include "base/text.h"
#include "policy/syscalls/machines.h"
#include "policy/syscalls/syscall_groups.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::cli {

namespace {

using oci_config::SeccompArch;

std::vector<GroupView> groups_of(std::vector<CallView> calls) {
  std::ranges::sort(calls, {}, &CallView::name);
  std::vector<GroupView> groups;
  for (const policy::SyscallGroup& group : policy::syscall_groups()) {
    GroupView view{.name = std::string(group.name), .help = std::string(group.help)};
    for (const CallView& call : calls) {
      if (policy::group_of(call.name).name == group.name) view.calls.push_back(call);
    }
    if (!view.calls.empty()) groups.push_back(std::move(view));
  }
  return groups;
}

// Calls of `arch` that are decided otherwise than on the native architecture, or exist only there
// and are not denied.
std::vector<CallView> differences(const Explanation& explanation, SeccompArch native,
                                  SeccompArch arch) {
  std::vector<CallView> different;
  for (CallView& call : explanation.calls(arch)) {
    const auto there = explanation.call(native, call.name);
    const bool same = there ? same_decision(*there, call) : call.standing == Standing::denied;
    if (!same) different.push_back(std::move(call));
  }
  return different;
}

std::string first_answer(const policy::FilterDecision& decision, SeccompArch arch,
                         std::uint32_t number) {
  const auto& cases = decision.cases(oci_config::audit_arch(arch), number);
  return cases.empty() || cases.front().answers.empty()
             ? std::string()
             : policy::text_of(cases.front().answers.front());
}

// A number far beyond every table tells what calls get that do not exist yet.
std::string answer_to_unknown(const policy::FilterDecision& decision, SeccompArch native) {
  constexpr std::uint32_t kBeyondTables = 0x3ffffff0;
  return first_answer(decision, native, kBeyondTables);
}

// Filters answer all calls of such an architecture alike, before any rule.
void add_unlisted(const FilterSource& source, const policy::FilterDecision& decision,
                  SeccompArch native, PageView& page) {
  const auto told = architectures_of(source, native);
  for (const SeccompArch arch : policy::also_runs(native)) {
    if (std::ranges::find(told, arch) != told.end()) continue;
    page.unlisted_arch_names.push_back(short_name(arch));
    page.unlisted_answer =
        first_answer(decision, arch, arch == SeccompArch::x32 ? policy::kX32Bit : 0);
  }
}

}  // namespace

PageView page_of(const FilterSource& source, const policy::FilterDecision& decision,
                 SeccompArch native) {
  const Explanation explanation(source, decision);
  PageView page{.title = source.title,
                .arch = short_name(native),
                .elsewhere = answer_to_unknown(decision, native),
                .findings = source.findings};
  for (const policy::NotoriousSyscall& about : policy::notorious_syscalls()) {
    const auto question = parse_question(policy::text_of(about));
    if (!question) continue;  // no architecture that can be told about has it
    if (auto call = explanation.answer(native, *question)) {
      page.notorious.push_back({&about, std::move(*call)});
    }
  }
  page.groups = groups_of(explanation.calls(native));
  for (const SeccompArch arch : architectures_of(source, native)) {
    if (arch == native) continue;
    page.other_arch_names.push_back(short_name(arch));
    for (CallView& call : differences(explanation, native, arch)) {
      page.other_arches.push_back(std::move(call));
    }
  }
  add_unlisted(source, decision, native, page);
  return page;
}

std::string text_of_unlisted(const PageView& page) {
  if (page.unlisted_arch_names.empty()) return {};
  return base::cat("Calls of ", base::join(page.unlisted_arch_names, ", "),
                   ", which are not listed, are answered with ", page.unlisted_answer,
                   ", whatever the rules say.");
}

}  // namespace bulkhead::cli
