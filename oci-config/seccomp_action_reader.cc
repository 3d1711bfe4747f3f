#include "oci-config/seccomp_action_reader.h"

#include "base/text.h"
#include "oci-config/errno_names.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::quoted;

using Context = ProfileReading;

constexpr std::uint64_t kMaxErrno = 4095;  // include/linux/err.h: MAX_ERRNO

std::optional<std::uint16_t> read_errno(const JsonValue& value, Context& context) {
  const auto number = context.problems.take(value.read_unsigned(kMaxErrno));
  if (!number) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

// The action that was probably meant; empty where none is near. What all names begin with says
// nothing.
std::string_view nearest_action(std::string_view name) {
  using enum SeccompAction;
  constexpr std::string_view kPrefix = "SCMP_ACT_";
  if (!name.starts_with(kPrefix)) return {};
  std::vector<std::string_view> known;
  for (const auto action :
       {kill_process, kill_thread, trap, return_errno, user_notif, trace, log, allow}) {
    known.push_back(name_of(action).substr(kPrefix.size()));
  }
  const auto near = base::nearest(name.substr(kPrefix.size()), known);
  return near ? name_of(*seccomp_action_named(cat(kPrefix, *near))) : std::string_view();
}

}  // namespace

void read_action(const JsonValue& value, ActionDraft& draft, Context& context) {
  draft.action_at = value;
  draft.action =
      read_name<SeccompAction>(value, context, "action", seccomp_action_named, nearest_action);
}

void read_errno_ret(const JsonValue& value, ActionDraft& draft, Context& context) {
  draft.errno_at = value;
  draft.errno_ret = read_errno(value, context);
}

void read_errno_name(const JsonValue& value, ActionDraft& draft, Context& context) {
  if (value.is(JsonType::string) && value.string().empty()) return;  // as containers-common writes
  if (!draft.errno_at) draft.errno_at = value;
  draft.errno_by_name = read_name<std::uint16_t>(value, context, "errno", errno_named);
}

ActionData finish_action(const ActionDraft& draft, const JsonValue& object, std::string_view key,
                         Context& context) {
  ActionData data;
  if (!draft.action_at) context.problems.add(object, cat("has no ", quoted(key)));
  if (draft.errno_ret && draft.errno_by_name && *draft.errno_ret != *draft.errno_by_name) {
    context.problems.add(*draft.errno_at,
                         cat("the errno ", *draft.errno_ret, " and the one given by name, ",
                             errno_name(*draft.errno_by_name), ", are not the same"));
  }
  data.errno_ret = draft.errno_ret ? draft.errno_ret : draft.errno_by_name;
  if (!draft.action) return data;
  data.action = *draft.action;
  const bool takes_errno =
      data.action == SeccompAction::return_errno || data.action == SeccompAction::trace;
  if (data.errno_ret && !takes_errno) {
    context.problems.add(*draft.errno_at,
                         cat("an errno has no meaning with ", name_of(data.action),
                             "; runtimes refuse it or ignore it"),
                         "remove it, or use SCMP_ACT_ERRNO");
  }
  return data;
}

}  // namespace bulkhead::oci_config
