// Prints policy/fallback/runtime_default.json as constant tables
// (policy/fallback/runtime_default_table.h). A program of the build, never installed. It fails the
// build where the document says what the tables cannot.
//
//   generate_runtime_default policy/fallback/runtime_default.json

#include <fcntl.h>

#include <cstdio>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace {

using bulkhead::base::cat;
using bulkhead::base::fail;
using bulkhead::base::Result;
using namespace bulkhead::oci_config;

std::string number(std::uint64_t value) { return cat(value, "U"); }

Result<std::uint64_t> capability_mask(const std::vector<std::string>& names) {
  std::uint64_t mask = 0;
  for (const std::string& name : names) {
    const std::optional<unsigned> bit = capability_number(name);
    if (!bit) return fail(bulkhead::base::ErrorCode::invalid_input, cat("unknown ", name));
    mask |= std::uint64_t{1} << *bit;
  }
  return mask;
}

Result<std::uint64_t> arch_mask(const std::vector<std::string>& names) {
  std::uint64_t mask = 0;
  for (const std::string& name : names) {
    const std::optional<SeccompArch> arch = seccomp_arch_from_go(name);
    if (!arch) return fail(bulkhead::base::ErrorCode::invalid_input, cat("unknown ", name));
    mask |= std::uint64_t{1} << static_cast<unsigned>(*arch);
  }
  return mask;
}

Result<std::string> condition(const RuleFilter& filter) {
  const auto capabilities = capability_mask(filter.capabilities);
  if (!capabilities) return std::unexpected(capabilities.error());
  const auto arches = arch_mask(filter.arches);
  if (!arches) return std::unexpected(arches.error());
  const KernelVersion kernel = filter.min_kernel.value_or(KernelVersion{});
  return cat("{", number(*capabilities), ", ", number(*arches), ", {", number(kernel.major), ", ",
             number(kernel.minor), "}}");
}

std::string arch_literal(SeccompArch arch) {
  return cat("static_cast<SeccompArch>(", static_cast<unsigned>(arch), ")");
}

std::string action_literal(const ActionData& data) {
  return cat("{static_cast<SeccompAction>(", static_cast<unsigned>(data.action), "), ",
             data.errno_ret ? number(*data.errno_ret) : std::string("std::nullopt"), "}");
}

void print_names(std::size_t index, const SyscallRule& rule) {
  std::printf("constexpr std::string_view kNames%zu[] = {\n", index);
  for (const std::string& name : rule.names) std::printf("    \"%s\",\n", name.c_str());
  std::printf("};\n");
}

void print_args(std::size_t index, const SyscallRule& rule) {
  if (rule.args.empty()) return;
  std::printf("constexpr ArgCondition kArgs%zu[] = {\n", index);
  for (const ArgCondition& arg : rule.args) {
    std::printf("    {%uU, static_cast<SeccompOperator>(%u), %lluU, %lluU},\n", arg.index,
                static_cast<unsigned>(arg.op), static_cast<unsigned long long>(arg.value),
                static_cast<unsigned long long>(arg.value_two));
  }
  std::printf("};\n");
}

// What to_oci_json writes for this rule alone.
std::string oci_json(const SyscallRule& rule) {
  constexpr std::string_view kBefore = "\"syscalls\":[";
  constexpr std::string_view kAfter = "]}";
  const std::string json = to_oci_json({.syscalls = {rule}});
  const std::size_t begin = json.find(kBefore) + kBefore.size();
  return json.substr(begin, json.size() - kAfter.size() - begin);
}

Result<std::string> row(std::size_t index, const SyscallRule& rule) {
  const auto includes = condition(rule.includes);
  if (!includes) return std::unexpected(includes.error());
  const auto excludes = condition(rule.excludes);
  if (!excludes) return std::unexpected(excludes.error());
  const std::string args = rule.args.empty() ? std::string("{}") : cat("kArgs", index);
  return cat("    {", action_literal(rule.action), ", ", *includes, ", ", *excludes, ", kNames",
             index, ", ", args, ",\n     R\"~(", oci_json(rule), ")~\"},\n");
}

Result<void> print_rules(const SeccompProfile& profile) {
  std::string rows;
  for (std::size_t i = 0; i < profile.syscalls.size(); ++i) {
    print_names(i, profile.syscalls[i]);
    print_args(i, profile.syscalls[i]);
    const auto text = row(i, profile.syscalls[i]);
    if (!text) return std::unexpected(text.error());
    rows += *text;
  }
  std::printf("constexpr DefaultRule kRules[] = {\n%s};\n", rows.c_str());
  return {};
}

void print_arches(const SeccompProfile& profile) {
  std::string rows;
  for (std::size_t i = 0; i < profile.arch_map.size(); ++i) {
    const ArchMapEntry& entry = profile.arch_map[i];
    std::printf("constexpr SeccompArch kArches%zu[] = {\n    %s,\n", i,
                arch_literal(entry.arch).c_str());
    for (const SeccompArch arch : entry.sub_arches)
      std::printf("    %s,\n", arch_literal(arch).c_str());
    std::printf("};\n");
    rows += cat("    {", arch_literal(entry.arch), ", kArches", i, "},\n");
  }
  std::printf("constexpr DefaultArches kArches[] = {\n%s};\n", rows.c_str());
}

Result<void> print_tables(const char* path) {
  auto file = bulkhead::base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxProfileBytes});
  if (!file) return std::unexpected(file.error());
  const auto profile = parse_seccomp_profile(std::move(file->bytes), path);
  if (!profile) return std::unexpected(profile.error());
  std::printf("constexpr ActionData kDefaultAction = %s;\n",
              action_literal(profile->default_action).c_str());
  print_arches(*profile);
  return print_rules(*profile);
}

}  // namespace

int main(int argc, char** argv) {
  const Result<void> done = argc == 2 ? print_tables(argv[1])
                                      : fail(bulkhead::base::ErrorCode::usage, "one file, please");
  if (!done)
    std::fprintf(stderr, "generate_runtime_default: %s\n", done.error().sentence().c_str());
  return done && std::fflush(stdout) == 0 ? 0 : 1;
}
