#include "conformance/values/case_parts.h"

#include "base/text.h"
#include "conformance/values/json_table.h"
#include "oci-config/errno_names.h"
#include "oci-config/name_table.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using oci_config::JsonType;
using oci_config::JsonValue;
using oci_config::Problems;

constexpr oci_config::Named<StepKind> kStepKinds[] = {
    {"create", StepKind::create},   {"start", StepKind::start},   {"state", StepKind::state},
    {"kill", StepKind::kill},       {"delete", StepKind::remove}, {"exec", StepKind::exec},
    {"observe", StepKind::observe}, {"end", StepKind::end}};

template <class T>
void read_rows(const JsonValue& list, std::span<const MemberRow<T>> rows, std::vector<T>& into,
               Problems& problems) {
  for_each_element(list, problems, [&](const JsonValue& element) {
    read_by_table<T>(element, rows, into.emplace_back(), problems);
  });
}

constexpr MemberRow<PointedEdit> kEditRows[] = {
    {"at", [](const JsonValue& v, PointedEdit& e, Problems& p) { take_text(v, e.pointer, p); },
     true},
    {"set", [](const JsonValue& v, PointedEdit& e, Problems&) { e.value = v; }},
    {"remove", [](const JsonValue& v, PointedEdit& e, Problems& p) {
       bool removes = false;
       take_flag(v, removes, p);
       if (removes) e.value.reset();
     }}};

constexpr MemberRow<RawText> kRawRows[] = {
    {"in", [](const JsonValue& v, RawText& r, Problems& p) { take_text(v, r.pointer, p); }, true},
    {"text", [](const JsonValue& v, RawText& r, Problems& p) { take_text(v, r.text, p); }, true}};

void read_mode(const JsonValue& value, FileToMake& into, Problems& problems) {
  const auto text = problems.take(value.read_string());
  if (!text) return;
  into.mode = 0;
  for (const char digit : *text) {
    if (digit < '0' || digit > '7') problems.add(value, "a mode is octal digits, as in \"4755\"");
    into.mode = into.mode * 8 + static_cast<std::uint32_t>(digit - '0');
  }
  into.mode &= 07777;
}

// A file of a case lies in its root file system and nowhere else.
void read_path(const JsonValue& value, FileToMake& into, Problems& problems) {
  take_text(value, into.path, problems);
  if (!into.path.starts_with('/') || into.path.find("..") != std::string::npos) {
    problems.add(value, "the path of a file begins with / and holds no \"..\"");
  }
}

constexpr MemberRow<FileToMake> kFileRows[] = {
    {"path", read_path, true},
    {"text", [](const JsonValue& v, FileToMake& f, Problems& p) { take_text(v, f.text, p); }},
    {"link", [](const JsonValue& v, FileToMake& f, Problems& p) { take_text(v, f.link, p); }},
    {"directory",
     [](const JsonValue& v, FileToMake& f, Problems& p) { take_flag(v, f.directory, p); }},
    {"mode", read_mode}};

void read_value(const JsonValue& value, ListenerAnswer& into, Problems& problems) {
  constexpr std::uint64_t kMost = 0x7fffffff;
  const auto number = problems.take(value.read_unsigned(kMost));
  if (number) into.value = static_cast<std::uint32_t>(*number);
}

void read_error(const JsonValue& value, ListenerAnswer& into, Problems& problems) {
  const auto name = problems.take(value.read_string());
  if (!name) return;
  const auto number = oci_config::errno_named(*name);
  if (number) into.error = *number;
  if (!number) problems.add(value, cat("no errno is called ", base::quoted(*name)));
}

constexpr MemberRow<ListenerAnswer> kAnswerRows[] = {{"value", read_value}, {"errno", read_error}};

constexpr MemberRow<CaseListener> kListenerRows[] = {
    {"answer", [](const JsonValue& v, CaseListener& l,
                  Problems& p) { read_by_table<ListenerAnswer>(v, kAnswerRows, l.answer, p); }},
    {"gives", [](const JsonValue& v, CaseListener& l, Problems&) { l.gives = v; }, true}};

void read_kind(const JsonValue& value, Step& into, Problems& problems) {
  const auto name = problems.take(value.read_string());
  if (!name) return;
  const auto kind = step_kind_named(*name);
  if (kind) into.kind = *kind;
  if (!kind) problems.add(value, cat("the step ", base::quoted(*name), " is unknown"));
}

void read_descriptors(const JsonValue& value, Step& into, Problems& problems) {
  constexpr std::uint64_t kHighest = 200;
  for_each_element(value, problems, [&](const JsonValue& element) {
    const auto number = problems.take(element.read_unsigned(kHighest));
    if (number) into.descriptors.push_back(static_cast<int>(*number));
  });
}

constexpr MemberRow<Step> kStepRows[] = {
    {"do", read_kind, true},
    {"words", [](const JsonValue& v, Step& s, Problems& p) { take_texts(v, s.words, p); }},
    {"fails", [](const JsonValue& v, Step& s, Problems& p) { take_flag(v, s.fails, p); }},
    {"id", [](const JsonValue& v, Step& s, Problems& p) { take_text(v, s.id, p); }},
    {"descriptors", read_descriptors},
    {"gives", [](const JsonValue& v, Step& s, Problems&) { s.gives = v; }},
    {"config", [](const JsonValue& v, Step& s, Problems&) { s.config = v; }},
    {"process", [](const JsonValue& v, Step& s, Problems&) { s.process = v; }},
    {"inside", [](const JsonValue& v, Step& s, Problems& p) { take_inside(v, s.inside, p); }},
    {"outside", [](const JsonValue& v, Step& s, Problems&) { s.outside = v; }}};

}  // namespace

std::string_view name_of(StepKind kind) { return oci_config::name_in(kStepKinds, kind); }
std::optional<StepKind> step_kind_named(std::string_view name) {
  return oci_config::value_in(kStepKinds, name);
}

void read_edits(const JsonValue& list, std::vector<PointedEdit>& into, Problems& problems) {
  read_rows<PointedEdit>(list, kEditRows, into, problems);
}
void read_raw(const JsonValue& list, std::vector<RawText>& into, Problems& problems) {
  read_rows<RawText>(list, kRawRows, into, problems);
}
void read_files(const JsonValue& list, std::vector<FileToMake>& into, Problems& problems) {
  read_rows<FileToMake>(list, kFileRows, into, problems);
}
void read_listener(const JsonValue& object, CaseListener& into, Problems& problems) {
  read_by_table<CaseListener>(object, kListenerRows, into, problems);
}
void read_steps(const JsonValue& list, std::vector<Step>& into, Problems& problems) {
  read_rows<Step>(list, kStepRows, into, problems);
}

void take_inside(const JsonValue& list, std::optional<JsonValue>& into, Problems& problems) {
  for_each_element(list, problems, [&](const JsonValue& element) {
    if (problems.took(element.expect(JsonType::object)) && element.size() == 0) {
      problems.add(element, "this does nothing", "name what the probe does: \"call\", \"read\", …");
    }
  });
  into = list;
}

}  // namespace bulkhead::conformance
