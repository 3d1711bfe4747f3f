#include "conformance/probe/verbs.h"

#include <algorithm>

#include "base/text.h"
#include "oci-config/errno_names.h"

namespace bulkhead::conformance {

namespace {

using oci_config::JsonValue;

constexpr Verb kVerbs[] = {
    {"call", "a system call, by name or number, in a child of its own", make_call},
    {"cwd", "the working directory", tell_directory},
    {"descriptors", "what is open", tell_descriptors},
    {"environment", "all variables", tell_environment},
    {"exec", "a list of things, after this program has executed itself", execute_itself},
    {"execute", "a program with its words", execute_a_program},
    {"link", "where a symbolic link leads", read_a_link},
    {"list", "the names in a directory", list_a_directory},
    {"open", "opens a file and closes it again", open_a_file},
    {"read", "a file's text", read_a_file},
    {"stat", "what stands at a path; links are not followed", look_at_a_file},
    {"status", "/proc/self/status, by its keys", tell_status},
    {"thread", "a list of things, in a thread of its own", in_a_thread},
    {"umask", "the mask of modes", tell_umask},
    {"write", "text into a file that is there", write_a_file},
};

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* verb_of(const JsonValue& object) {
  for (auto member = object.first(); member; member = member->next()) {
    const auto verb = std::ranges::find(kVerbs, member->key(), &Verb::name);
    if (verb != std::end(kVerbs)) return verb;
  }
  return nullptr;
}

std::string perform_all(const JsonValue& list, const ProbeContext& context) {
  base::JsonWriter report;
  report.begin_array();
  for (auto object = list.first(); object; object = object->next()) {
    report.begin_object();
    const Verb* verb = verb_of(*object);
    if (verb != nullptr) verb->perform(*object->member(verb->name), *object, context, report);
    if (verb == nullptr) report.member("unknown", true);
    report.end_object();
  }
  report.end_array();
  return report.take();
}

void report_errno(int error, base::JsonWriter& report) {
  const std::string_view name = oci_config::errno_name(static_cast<std::uint16_t>(error));
  report.member("errno", name.empty() ? base::cat(error) : std::string(name));
}

}  // namespace bulkhead::conformance
