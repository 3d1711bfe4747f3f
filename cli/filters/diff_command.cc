#include "cli/filters/diff_command.h"

#include "cli/filters/diff_report.h"
#include "cli/filters/filter_source.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/profile_file.h"
#include "policy/analysis/filter_decision.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;
using policy::Comparison;
using policy::Relation;
using policy::Witness;

bool a_holds_b(Relation relation) {
  return relation == Relation::equal || relation == Relation::a_stricter ||
         relation == Relation::equally_strict;
}

// Only where A answers less strictly: what stands against "A is at least as strict as B".
Comparison only_looser(Comparison comparison) {
  std::erase_if(comparison.witnesses,
                [](const Witness& witness) { return change_of(witness) != Change::looser; });
  return comparison;
}

}  // namespace

CommandHelp DiffCommand::help() const {
  return {
      .name = "diff",
      .summary = "where two filters decide differently, exactly",
      .description =
          "A and B are each a profile's file, a bundle's directory, runtime/default, unconfined, "
          "the number of a process or a container. Every architecture, number and argument counts: "
          "each difference is shown by a call on which the answers differ. With --stricter-than "
          "the question is whether A is at least as strict as B, for a pipeline that must not "
          "loosen a profile.",
      .exit_codes =
          "0 when A and B are equal (with --stricter-than: when A allows nothing that B does "
          "not); 1 when not; 2 when it could not be decided.",
      .examples = {"bulkhead diff old.json new.json", "bulkhead diff 4711 runtime/default",
                   "bulkhead diff --stricter-than my-app.json runtime/default"},
  };
}

std::vector<Option> DiffCommand::options() {
  return {
      {"A", "", "a filter", &a_, true},
      {"B", "", "another filter", &b_, true},
      {"--cap", "CAP", "a capability of the container, for a profile's conditions", &capabilities_},
      {"--stricter-than", "", "ask whether A is at least as strict as B", &stricter_than_},
      {"--html", "", "print one self-contained page", &html_},
      {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> DiffCommand::run(Environment& environment) {
  const auto capabilities = capabilities_named(capabilities_);
  if (!capabilities) return std::unexpected(capabilities.error());
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const SourceContext context{environment, *facts, *capabilities};
  const auto a = open_filter_source(a_, context);
  if (!a) return std::unexpected(a.error());
  const auto b = open_filter_source(b_, context);
  if (!b) return std::unexpected(b.error());
  const auto a_programs = programs_of(*a);
  if (!a_programs) return std::unexpected(a_programs.error());
  const auto b_programs = programs_of(*b);
  if (!b_programs) return std::unexpected(b_programs.error());
  auto comparison = policy::compare(*a_programs, *b_programs);
  if (!comparison) return std::unexpected(std::move(comparison.error()));
  const Relation relation = comparison->relation;
  if (stricter_than_) *comparison = only_looser(std::move(*comparison));
  if (json_) {
    environment.output.write(diff_json(*a, *b, *comparison));
  } else {
    const DiffView view = diff_view(*a, *b, *comparison, facts->native);
    html_ ? environment.output.write(diff_html(view)) : write_diff_text(view, environment.output);
  }
  const bool good = stricter_than_ ? a_holds_b(relation) : relation == Relation::equal;
  return good ? ExitCode::ok : ExitCode::different;
}

}  // namespace bulkhead::cli
