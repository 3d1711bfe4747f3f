// Writing a seccomp profile, compact for a config.json or indented for people.
#include "base/text.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

namespace {

enum class Layout { compact, indented };

// Writes JSON into a string. Members and elements know their commas; callers give the order.
class Writer {
 public:
  Writer(Layout layout, std::size_t expected_bytes) : layout_(layout) {
    out_.reserve(expected_bytes);
  }

  void open(char bracket) {
    out_ += bracket;
    first_ = true;
    ++depth_;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) new_line();
    out_ += bracket;
    first_ = false;
  }
  void element() {
    if (!first_) out_ += ',';
    first_ = false;
    new_line();
  }
  void key(std::string_view name) {
    element();
    out_ += '"';
    out_ += name;
    out_ += layout_ == Layout::compact ? "\":" : "\": ";
  }
  void text(std::string_view text) { base::append_json_string(out_, text); }
  void number(std::uint64_t number) { out_ += base::cat(number); }

  void text_member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void number_member(std::string_view name, std::uint64_t value) {
    key(name);
    number(value);
  }
  template <class Range, class Name>
  void list_member(std::string_view name, const Range& values, Name name_of_value) {
    key(name);
    open('[');
    for (const auto& value : values) {
      element();
      text(name_of_value(value));
    }
    close(']');
  }

  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  void new_line() {
    if (layout_ == Layout::compact) return;
    out_ += '\n';
    out_.append(2 * depth_, ' ');
  }

  Layout layout_;
  std::string out_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

constexpr auto kAsIs = [](const std::string& text) -> std::string_view { return text; };
constexpr auto kArchName = [](SeccompArch arch) { return name_of(arch); };

void write_condition(Writer& out, const ArgCondition& condition) {
  out.element();
  out.open('{');
  out.number_member("index", condition.index);
  out.number_member("value", condition.value);
  if (condition.value_two != 0) out.number_member("valueTwo", condition.value_two);
  out.text_member("op", name_of(condition.op));
  out.close('}');
}

void write_filter(Writer& out, std::string_view name, const RuleFilter& filter) {
  if (filter.empty()) return;
  out.key(name);
  out.open('{');
  if (!filter.capabilities.empty()) out.list_member("caps", filter.capabilities, kAsIs);
  if (!filter.arches.empty()) out.list_member("arches", filter.arches, kAsIs);
  if (filter.min_kernel) {
    out.text_member("minKernel",
                    base::cat(filter.min_kernel->major, ".", filter.min_kernel->minor));
  }
  out.close('}');
}

void write_rule(Writer& out, const SyscallRule& rule, ProfileDialect dialect) {
  out.element();
  out.open('{');
  out.list_member("names", rule.names, kAsIs);
  out.text_member("action", name_of(rule.action.action));
  if (rule.action.errno_ret) out.number_member("errnoRet", *rule.action.errno_ret);
  if (!rule.args.empty()) {
    out.key("args");
    out.open('[');
    for (const ArgCondition& condition : rule.args) write_condition(out, condition);
    out.close(']');
  }
  if (dialect == ProfileDialect::container_engine) {
    if (!rule.comment.empty()) out.text_member("comment", rule.comment);
    write_filter(out, "includes", rule.includes);
    write_filter(out, "excludes", rule.excludes);
  }
  out.close('}');
}

void write_arch_map(Writer& out, const std::vector<ArchMapEntry>& entries) {
  out.key("archMap");
  out.open('[');
  for (const ArchMapEntry& entry : entries) {
    out.element();
    out.open('{');
    out.text_member("architecture", name_of(entry.arch));
    out.list_member("subArchitectures", entry.sub_arches, kArchName);
    out.close('}');
  }
  out.close(']');
}

void write_rules(Writer& out, const std::vector<SyscallRule>& rules, ProfileDialect dialect) {
  out.key("syscalls");
  out.open('[');
  for (const SyscallRule& rule : rules) write_rule(out, rule, dialect);
  out.close(']');
}

void write_profile(Writer& out, const SeccompProfile& profile, ProfileDialect dialect) {
  out.open('{');
  out.text_member("defaultAction", name_of(profile.default_action.action));
  if (profile.default_action.errno_ret) {
    out.number_member("defaultErrnoRet", *profile.default_action.errno_ret);
  }
  if (!profile.architectures.empty()) {
    out.list_member("architectures", profile.architectures, kArchName);
  }
  if (dialect == ProfileDialect::container_engine && !profile.arch_map.empty()) {
    write_arch_map(out, profile.arch_map);
  }
  if (!profile.flags.empty()) out.list_member("flags", profile.flags, kAsIs);
  if (!profile.listener_path.empty()) out.text_member("listenerPath", profile.listener_path);
  if (!profile.listener_metadata.empty()) {
    out.text_member("listenerMetadata", profile.listener_metadata);
  }
  if (!profile.syscalls.empty()) write_rules(out, profile.syscalls, dialect);
  out.close('}');
}

// Near enough from above that the text is built in one allocation.
std::size_t expected_bytes(const SeccompProfile& profile) {
  constexpr std::size_t kPerProfile = 512;
  constexpr std::size_t kPerRule = 64;
  constexpr std::size_t kPerCondition = 96;
  constexpr std::size_t kPerName = 4;
  std::size_t bytes = kPerProfile;
  for (const SyscallRule& rule : profile.syscalls) {
    bytes += kPerRule + kPerCondition * rule.args.size();
    for (const std::string& name : rule.names) bytes += kPerName + name.size();
  }
  return bytes;
}

}  // namespace

std::string to_oci_json(const SeccompProfile& profile) {
  Writer out(Layout::compact, expected_bytes(profile));
  write_profile(out, profile, ProfileDialect::oci);
  return std::move(out).take();
}

std::string to_pretty_json(const SeccompProfile& profile) {
  Writer out(Layout::indented, 4 * expected_bytes(profile));
  write_profile(out, profile, profile.dialect);
  std::string text = std::move(out).take();
  text += '\n';
  return text;
}

}  // namespace bulkhead::oci_config
