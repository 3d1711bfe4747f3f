#include "cli/filters/diff_report.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/filters/explanation.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using base::cat;
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
    arguments.push_back(policy::argument_of(witness, at));
  }
  return arguments.empty() ? witness.syscall_name
                           : cat(witness.syscall_name, '(', base::join(arguments, ", "), ')');
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

// The architectures that are spoken of call by call, the machine's own first; of the others, whose
// programs none of the two filters serves, only what is alike for all calls is told.
using Arches = std::vector<std::string>;

Arches arches_of(const FilterSource& a, const FilterSource& b, oci_config::SeccompArch native) {
  Arches arches;
  for (const FilterSource* source : {&a, &b}) {
    for (const oci_config::SeccompArch arch : architectures_of(*source, native)) {
      const std::string name = short_name(arch);
      if (std::ranges::find(arches, name) == arches.end()) arches.push_back(name);
    }
  }
  return arches;
}

// One call of one kind of change, with the architectures on which it is answered alike.
struct ChangedCall {
  std::string a, b, call;
  Arches arches;
};

constexpr std::string_view kUnnamed = "(numbers without a name)";
constexpr std::string_view kForeign = "(calls of other architectures)";
constexpr std::string_view kOthers = "others";

// What stands for the call in a table: numbers that no kernel names are one.
std::string folded(const Witness& witness, const Arches& known) {
  if (std::ranges::find(known, witness.arch_name) == known.end()) return std::string(kForeign);
  return witness.syscall_name.empty() ? std::string(kUnnamed) : call_text(witness);
}

std::string arch_in_table(const Witness& witness, const Arches& known) {
  const bool is_known = std::ranges::find(known, witness.arch_name) != known.end();
  return is_known ? witness.arch_name : std::string(kOthers);
}

std::vector<ChangedCall> changed_calls(const std::vector<Witness>& witnesses, Change change,
                                       const Arches& known) {
  std::vector<ChangedCall> calls;
  std::map<std::string, std::size_t> places;
  for (const Witness& witness : witnesses) {
    if (change_of(witness) != change) continue;
    ChangedCall one{policy::text_of(witness.a),
                    policy::text_of(witness.b),
                    folded(witness, known),
                    {arch_in_table(witness, known)}};
    const auto [place, is_new] =
        places.try_emplace(cat(one.a, '\n', one.b, '\n', one.call), calls.size());
    if (is_new) {
      calls.push_back(std::move(one));
      continue;
    }
    Arches& arches = calls[place->second].arches;
    const std::string& arch = one.arches.front();
    if (std::ranges::find(arches, arch) == arches.end()) arches.push_back(arch);
  }
  return calls;
}

std::vector<DiffGroup> groups_of(std::vector<ChangedCall> changed, const Arches& known) {
  const auto place_of = [&](const std::string& arch) { return std::ranges::find(known, arch); };
  // What stands in brackets comes last.
  std::ranges::sort(changed, {}, [](const ChangedCall& one) {
    return std::pair(one.call.starts_with('('), one.call);
  });
  std::vector<DiffGroup> groups;
  for (ChangedCall& one : changed) {
    std::ranges::sort(one.arches, {}, place_of);
    auto group = std::ranges::find_if(groups, [&](const DiffGroup& known_group) {
      return known_group.a == one.a && known_group.b == one.b && known_group.arches == one.arches;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {one.a, one.b, one.arches, {}});
    group->calls.push_back(std::move(one.call));
  }
  // What holds on the most architectures first, and the machine's own before others.
  std::ranges::stable_sort(groups, [&](const DiffGroup& a, const DiffGroup& b) {
    if (a.arches.size() != b.arches.size()) return a.arches.size() > b.arches.size();
    return place_of(a.arches.front()) < place_of(b.arches.front());
  });
  return groups;
}

void write_change(const DiffChange& change, Output& output) {
  const Style style = row_of(change.change).style;
  output.line();
  output.line(output.styled(style, change.title));
  Table table({"A", "B", "ON", "CALLS"});
  for (const DiffGroup& group : change.groups) {
    table.row({{group.a, style},
               {group.b},
               {base::join(group.arches, " ")},
               {base::join(group.calls, " ")}});
  }
  output.write(table.text(output));
}

}  // namespace

Change change_of(const Witness& witness) {
  if (witness.a.action == witness.b.action) return Change::other_error;
  return policy::at_least_as_strict(witness.a.action, witness.b.action) ? Change::stricter
                                                                        : Change::looser;
}

DiffView diff_view(const FilterSource& a, const FilterSource& b, const Comparison& comparison,
                   oci_config::SeccompArch native) {
  const Arches known = arches_of(a, b, native);
  DiffView view{a.title, b.title, sentence_of(comparison.relation), {}};
  for (const Change change : {Change::looser, Change::stricter, Change::other_error}) {
    auto groups = groups_of(changed_calls(comparison.witnesses, change, known), known);
    if (!groups.empty()) view.changes.push_back({change, row_of(change).title, std::move(groups)});
  }
  return view;
}

void write_diff_text(const DiffView& view, Output& output) {
  output.line(cat("A: ", view.a));
  output.line(cat("B: ", view.b));
  output.write(paragraph(view.sentence + '.'));
  for (const DiffChange& change : view.changes) write_change(change, output);
}

std::string diff_json(const FilterSource& a, const FilterSource& b, const Comparison& comparison) {
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

}  // namespace bulkhead::cli
