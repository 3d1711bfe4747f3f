#include "cli/filters/diff_command.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/filters/filter_source.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/layout.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/argument_names.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::Result;
using policy::Comparison;
using policy::Relation;
using policy::Witness;

std::string sentence_of(Relation relation) {
  switch (relation) {
    case Relation::equal: return "A and B decide the same for every call";
    case Relation::a_stricter: return "A is stricter than B: it allows nothing that B does not";
    case Relation::b_stricter: return "B is stricter than A: it allows nothing that A does not";
    case Relation::incomparable: return "each of A and B allows something that the other does not";
    case Relation::equally_strict: return "A and B are equally strict; their errors differ";
  }
  return {};
}

bool a_holds_b(Relation relation) {
  return relation == Relation::equal || relation == Relation::a_stricter ||
         relation == Relation::equally_strict;
}

// The call with the arguments that tell, by name: "clone(CLONE_NEWUSER)". Trailing zeros are left
// out.
std::string call_text(const Witness& witness) {
  if (witness.syscall_name.empty()) {
    const bool one = witness.nr_last <= witness.event.nr;
    return one ? cat("number ", witness.event.nr)
               : cat("numbers ", witness.event.nr, " to ", witness.nr_last);
  }
  std::size_t count = witness.event.args.size();
  while (count > 0 && witness.event.args[count - 1] == 0) --count;
  std::vector<std::string> arguments;
  for (unsigned at = 0; at < count; ++at) {
    const std::uint64_t value = witness.event.args[at];
    arguments.push_back(value == 0 ? "0" : policy::argument_text(witness.syscall_name, at, value));
  }
  return arguments.empty() ? witness.syscall_name
                           : cat(witness.syscall_name, '(', base::join(arguments, ", "), ')');
}

// What happens to a call from B to A.
enum class Change : std::uint8_t { looser, stricter, other_error };

Change change_of(const Witness& witness) {
  if (witness.a.action == witness.b.action) return Change::other_error;
  return policy::at_least_as_strict(witness.a.action, witness.b.action) ? Change::stricter
                                                                        : Change::looser;
}

struct ChangeRow {
  std::string_view title;
  Style style;
};

ChangeRow row_of(Change change) {
  switch (change) {
    case Change::looser: return {"A allows what B does not", Style::bad};
    case Change::stricter: return {"A denies what B does not", Style::good};
    case Change::other_error: return {"both deny, with another error", Style::dim};
  }
  return {"", Style::plain};
}

// The calls of one kind of change with the same answers on the same architecture, and then on all
// architectures that have the same list.
struct Group {
  std::string a, b;
  std::vector<std::string> arches;
  std::vector<std::string> calls;
};

std::vector<Group> groups_of(const std::vector<Witness>& witnesses, Change change) {
  std::vector<Group> groups;
  for (const Witness& witness : witnesses) {
    if (change_of(witness) != change) continue;
    const Group key{
        policy::text_of(witness.a), policy::text_of(witness.b), {witness.arch_name}, {}};
    auto group = std::ranges::find_if(groups, [&](const Group& known) {
      return known.a == key.a && known.b == key.b && known.arches == key.arches;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), key);
    group->calls.push_back(call_text(witness));
  }
  return groups;
}

std::vector<Group> merged(std::vector<Group> groups) {
  std::vector<Group> out;
  for (Group& group : groups) {
    std::ranges::sort(group.calls);
    const auto same = std::ranges::find_if(out, [&](const Group& known) {
      return known.a == group.a && known.b == group.b && known.calls == group.calls;
    });
    if (same == out.end()) {
      out.push_back(std::move(group));
    } else {
      same->arches.push_back(group.arches.front());
    }
  }
  return out;
}

void write_changes(const Comparison& comparison, Change change, Output& output) {
  const std::vector<Group> groups = merged(groups_of(comparison.witnesses, change));
  if (groups.empty()) return;
  const ChangeRow row = row_of(change);
  output.line();
  output.line(output.styled(row.style, row.title));
  Table table({"A", "B", "ON", "CALLS"});
  for (const Group& group : groups) {
    table.row({{group.a, row.style},
               {group.b},
               {base::join(group.arches, " ")},
               {base::join(group.calls, " ")}});
  }
  output.write(table.text(output));
}

void write_text(const FilterSource& a, const FilterSource& b, const Comparison& comparison,
                Output& output) {
  output.line(cat("A: ", a.title));
  output.line(cat("B: ", b.title));
  output.write(paragraph(sentence_of(comparison.relation) + '.'));
  for (const Change change : {Change::looser, Change::stricter, Change::other_error}) {
    write_changes(comparison, change, output);
  }
}

std::string to_json(const FilterSource& a, const FilterSource& b, const Comparison& comparison) {
  base::JsonWriter json;
  json.begin_object();
  json.member("a", a.title);
  json.member("b", b.title);
  json.member("relation", policy::name_of(comparison.relation));
  json.begin_array("differences");
  for (const Witness& witness : comparison.witnesses) {
    json.begin_object();
    json.member("arch", witness.arch_name);
    json.member("syscall", witness.syscall_name);
    json.member("nr", witness.event.nr);
    json.member("nr_last", std::max(witness.nr_last, witness.event.nr));
    json.begin_array("args");
    for (const std::uint64_t value : witness.event.args) json.element(base::hex(value));
    json.end_array();
    json.member("a", policy::text_of(witness.a));
    json.member("b", policy::text_of(witness.b));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
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
  json_ ? environment.output.write(to_json(*a, *b, *comparison))
        : write_text(*a, *b, *comparison, environment.output);
  const bool good = stricter_than_ ? a_holds_b(relation) : relation == Relation::equal;
  return good ? ExitCode::ok : ExitCode::different;
}

}  // namespace bulkhead::cli
