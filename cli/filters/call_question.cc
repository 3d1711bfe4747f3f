#include "base/text.h"
#include "cli/filters/explanation.h"
#include "cli/profiles/default_command.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/call_names.h"
#include "policy/syscalls/call_pattern.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::SeccompArch;

// "c000003e", as records of the kernel have it.
std::optional<SeccompArch> arch_of_audit_value(std::string_view text) {
  const auto value = policy::argument_value(cat("0x", text));
  if (!value || *value > 0xffffffff) return std::nullopt;
  return policy::arch_of(static_cast<std::uint32_t>(*value), 0);
}

// Takes "x86:" off the text.
Result<std::optional<SeccompArch>> take_arch(std::string_view& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  if (const auto arch = arch_of_audit_value(name)) return arch;
  const auto named = architecture_named(name);
  if (!named) return std::unexpected(named.error());
  return *named;
}

Result<void> read_pattern(std::string_view text, CallQuestion& question) {
  if (policy::has_flags_in_memory(text.substr(0, text.find('(')))) {
    question.name = text.substr(0, text.find('('));
    return {};
  }
  auto pattern = policy::parse_call_pattern(text);
  if (!pattern) return std::unexpected(std::move(pattern.error()));
  question.name = std::move(pattern->name);
  question.concrete = pattern->has_brackets;
  for (const auto& argument : pattern->arguments) {
    if (!argument) {
      return base::fail(ErrorCode::usage,
                        cat("'*' asks for no one call in ", base::quoted(question.text)),
                        "name a value, or ask without arguments");
    }
    question.arguments.push_back(*argument);
  }
  return {};
}

}  // namespace

Result<CallQuestion> parse_question(const std::string& text) {
  CallQuestion question{.text = text};
  std::string_view rest = text;
  const auto arch = take_arch(rest);
  if (!arch) return std::unexpected(arch.error());
  question.arch = *arch;
  if (const auto number = base::parse_decimal(rest); number && *number <= 0xffffffff) {
    question.number = static_cast<std::uint32_t>(*number);
    return question;
  }
  auto read = read_pattern(rest, question);
  if (!read) {
    read.error().code = ErrorCode::usage;
    return std::unexpected(std::move(read.error()));
  }
  return question;
}

}  // namespace bulkhead::cli
