#include "cli/filters/explain_command.h"

#include "base/text.h"
#include "cli/filters/explain_page.h"
#include "cli/filters/explanation.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/profile_file.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;

std::unexpected<base::Error> not_there(const std::string& question,
                                       const std::vector<oci_config::SeccompArch>& arches) {
  std::vector<std::string> names;
  for (const oci_config::SeccompArch arch : arches) names.push_back(short_name(arch));
  return base::fail(base::ErrorCode::usage,
                    base::cat(base::join(names, ", "), names.size() == 1 ? " has" : " have",
                              " no system call ", base::quoted(question)),
                    "name the architecture in front of it: aarch64:renameat, arm:435");
}

Result<std::vector<CallView>> answers(const std::vector<std::string>& questions,
                                      const FilterSource& source,
                                      const policy::FilterDecision& decision,
                                      oci_config::SeccompArch native) {
  const Explanation explanation(source, decision);
  const auto spoken_of = architectures_of(source, native);
  std::vector<CallView> calls;
  for (const std::string& text : questions) {
    const auto question = parse_question(text);
    if (!question) return std::unexpected(question.error());
    const auto arches = question->arch ? std::vector{*question->arch} : spoken_of;
    const std::size_t known = calls.size();
    for (const oci_config::SeccompArch arch : arches) {
      if (auto call = explanation.answer(arch, *question)) calls.push_back(std::move(*call));
    }
    if (calls.size() == known) return not_there(text, arches);
  }
  return calls;
}

}  // namespace

CommandHelp ExplainCommand::help() const {
  return {
      .name = "explain",
      .summary = "what a filter decides: for one call, or a page to review",
      .description =
          "SOURCE is a profile's file, a bundle's directory, runtime/default, the number of a "
          "process, or a container that `bulkhead ps` lists. With questions such as ptrace, "
          "'clone(CLONE_NEWUSER|SIGCHLD)' or x86:102 it prints the answer on each architecture and "
          "the rule that "
          "causes it; without, every call by purpose, those known from container escapes first. "
          "What is said of a process is read from the kernel and needs root.",
      .exit_codes = "",
      .examples = {"bulkhead explain runtime/default ptrace 'clone(CLONE_NEWUSER)'",
                   "bulkhead explain --cap SYS_ADMIN runtime/default",
                   "bulkhead explain 4711 'socket(AF_VSOCK)' x86_64:435",
                   "bulkhead explain --html my-app.json > review.html"},
  };
}

std::vector<Option> ExplainCommand::options() {
  return {
      {"SOURCE", "", "the filter (-: a profile on standard input), then the calls asked about",
       &operands_, true},
      {"--cap", "CAP", "a capability of the container, for a profile's conditions", &capabilities_},
      {"--json", "", "print JSON", &json_},
      {"--html", "", "print one self-contained page (without questions)", &html_}};
}

Result<ExitCode> ExplainCommand::run(Environment& environment) {
  const auto capabilities = capabilities_named(capabilities_);
  if (!capabilities) return std::unexpected(capabilities.error());
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const SourceContext context{environment, *facts, *capabilities};
  const auto source = open_filter_source(operands_.front(), context);
  if (!source) return std::unexpected(source.error());
  const auto decision = decision_of_source(*source, context);
  if (!decision) return std::unexpected(decision.error());
  const std::vector<std::string> questions(operands_.begin() + 1, operands_.end());
  if (!questions.empty()) {
    const auto calls = answers(questions, *source, *decision, facts->native);
    if (!calls) return std::unexpected(calls.error());
    if (json_) {
      environment.output.write(calls_json(*calls));
    } else {
      write_calls_text(*calls, environment.output);
      write_findings_text(source->findings, environment.output);
    }
    return ExitCode::ok;
  }
  const PageView page = page_of(*source, *decision, facts->native);
  if (html_) {
    environment.output.write(page_html(page));
  } else if (json_) {
    environment.output.write(page_json(page));
  } else {
    write_page_text(page, environment.output);
  }
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
