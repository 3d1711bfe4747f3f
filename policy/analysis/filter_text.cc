// Filters, answers and witnesses as text for people.
#include <cstddef>

#include "base/text.h"
#include "oci-config/errno_names.h"
#include "policy/analysis/filter_decision.h"
#include "policy/filter/filter_machine.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::policy {

namespace {

using base::cat;
using base::hex;
using oci_config::SeccompAction;
using oci_config::SeccompOperator;

std::string_view short_name(SeccompAction action) {
  switch (action) {
    case SeccompAction::kill_process: return "KILL_PROCESS";
    case SeccompAction::kill_thread: return "KILL_THREAD";
    case SeccompAction::trap: return "TRAP";
    case SeccompAction::return_errno: return "ERRNO";
    case SeccompAction::user_notif: return "NOTIFY";
    case SeccompAction::trace: return "TRACE";
    case SeccompAction::log: return "LOG";
    case SeccompAction::allow: return "ALLOW";
  }
  return "KILL_PROCESS";
}

// Small numbers read better in decimal.
std::string number(std::uint64_t value) { return value < 1024 ? cat(value) : hex(value); }

std::string_view sign(SeccompOperator op) {
  switch (op) {
    case SeccompOperator::ne: return " != ";
    case SeccompOperator::lt: return " < ";
    case SeccompOperator::le: return " <= ";
    case SeccompOperator::eq:
    case SeccompOperator::masked_eq: return " == ";
    case SeccompOperator::ge: return " >= ";
    case SeccompOperator::gt: return " > ";
  }
  return " == ";
}

std::string_view part_text(ArgPart part) {
  switch (part) {
    case ArgPart::whole: return "";
    case ArgPart::low_half: return "low half of ";
    case ArgPart::high_half: return "high half of ";
  }
  return "";
}

std::uint64_t all_bits(ArgPart part) { return part == ArgPart::whole ? ~0ULL : 0xffffffffULL; }

std::string call_text(const Witness& witness) {
  const std::uint32_t nr = witness.event.nr;
  if (!witness.syscall_name.empty()) return std::string(witness.syscall_name);
  if (witness.nr_last <= nr) return cat("system call ", number(nr));
  return cat("system calls ", number(nr), " to ", number(witness.nr_last));
}

std::string args_text(const Witness& witness) {
  std::string text;
  for (unsigned at = 0; at < witness.event.args.size(); ++at) {
    text += cat(at == 0 ? "" : ", ", argument_of(witness, at));
  }
  return text;
}

}  // namespace

std::string text_of(FilterAnswer answer) {
  const FilterAnswer effect = effect_of(answer);
  const std::string_view name = short_name(effect.action);
  switch (effect.action) {
    case SeccompAction::return_errno: {
      const std::string_view known = oci_config::errno_name(effect.data);
      return known.empty() ? cat(name, "(", effect.data, ")") : cat(name, "(", known, ")");
    }
    case SeccompAction::trap:
      return effect.data == 0 ? cat(name) : cat(name, "(", effect.data, ")");
    case SeccompAction::trace: return cat(name, "(", effect.data, ")");
    case SeccompAction::kill_process:
    case SeccompAction::kill_thread:
    case SeccompAction::user_notif:
    case SeccompAction::log:
    case SeccompAction::allow: break;
  }
  return cat(name);
}

std::string text_of(const ArgTest& test) {
  std::string argument = cat(part_text(test.part), "arg", test.index);
  if ((test.mask & all_bits(test.part)) != all_bits(test.part)) {
    argument = cat("(", argument, " & ", hex(test.mask), ")");
  }
  return cat(argument, sign(test.op), number(test.value));
}

// 0 is what nothing asked for.
std::string argument_of(const Witness& witness, unsigned argument) {
  const std::uint64_t value = witness.event.args[argument];
  return value == 0 ? "0" : argument_text(witness.syscall_name, argument, value);
}

std::string describe(const Witness& witness) {
  return cat(call_text(witness), "(", args_text(witness), ") on ", witness.arch_name, ": ",
             text_of(witness.a), " against ", text_of(witness.b));
}

std::string_view name_of(Relation relation) {
  switch (relation) {
    case Relation::equal: return "equal";
    case Relation::a_stricter: return "a-stricter";
    case Relation::b_stricter: return "b-stricter";
    case Relation::incomparable: return "incomparable";
    case Relation::equally_strict: return "equally-strict";
  }
  return "incomparable";
}

}  // namespace bulkhead::policy
