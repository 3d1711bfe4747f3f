#include "policy/syscalls/argument_names.h"

#include <charconv>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

enum class Kind : std::uint8_t { flag, value };

struct NamedValue {
  std::string_view calls;  // separated by spaces
  unsigned argument;
  Kind kind;
  std::uint64_t value;
  std::string_view name;
};

constexpr auto kFlag = Kind::flag;
constexpr auto kValue = Kind::value;

constexpr NamedValue kNames[] = {
    {"clone unshare setns", 0, kFlag, 0x00000080, "CLONE_NEWTIME"},
    {"clone unshare setns", 0, kFlag, 0x00020000, "CLONE_NEWNS"},
    {"clone unshare setns", 0, kFlag, 0x02000000, "CLONE_NEWCGROUP"},
    {"clone unshare setns", 0, kFlag, 0x04000000, "CLONE_NEWUTS"},
    {"clone unshare setns", 0, kFlag, 0x08000000, "CLONE_NEWIPC"},
    {"clone unshare setns", 0, kFlag, 0x10000000, "CLONE_NEWUSER"},
    {"clone unshare setns", 0, kFlag, 0x20000000, "CLONE_NEWPID"},
    {"clone unshare setns", 0, kFlag, 0x40000000, "CLONE_NEWNET"},
    {"socket socketpair", 0, kValue, 1, "AF_UNIX"},
    {"socket socketpair", 0, kValue, 2, "AF_INET"},
    {"socket socketpair", 0, kValue, 10, "AF_INET6"},
    {"socket socketpair", 0, kValue, 16, "AF_NETLINK"},
    {"socket socketpair", 0, kValue, 17, "AF_PACKET"},
    {"socket socketpair", 0, kValue, 38, "AF_ALG"},
    {"socket socketpair", 0, kValue, 40, "AF_VSOCK"},
    {"socket socketpair", 0, kValue, 44, "AF_XDP"},
    {"ioctl", 1, kValue, 0x5412, "TIOCSTI"},
    {"ioctl", 1, kValue, 0x541c, "TIOCLINUX"},
    {"personality", 0, kValue, 0x0, "PER_LINUX"},
    {"personality", 0, kValue, 0x8, "PER_LINUX32"},
    {"personality", 0, kValue, 0x20000, "UNAME26"},
    {"personality", 0, kValue, 0x20008, "PER_LINUX32|UNAME26"},
    {"personality", 0, kValue, 0xffffffff, "(query)"},
    {"personality", 0, kValue, 0x40000, "ADDR_NO_RANDOMIZE"},
};

bool speaks_of(const NamedValue& row, std::string_view syscall, unsigned argument) {
  if (row.argument != argument) return false;
  for (std::string_view rest = row.calls; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word == syscall) return true;
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return false;
}

std::string flag_text(std::string_view syscall, unsigned argument, std::uint64_t value) {
  std::string text;
  for (const NamedValue& row : kNames) {
    if (!speaks_of(row, syscall, argument) || (value & row.value) == 0) continue;
    text += base::cat(text.empty() ? "" : "|", row.name);
    value &= ~row.value;
  }
  if (value != 0 || text.empty()) text += base::cat(text.empty() ? "" : "|", base::hex(value));
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (!is_hex) return base::parse_decimal(text);
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> named(std::string_view text) {
  for (const NamedValue& row : kNames) {
    if (row.name == text) return row.value;
  }
  return number(text);
}

}  // namespace

bool is_flag_argument(std::string_view syscall, unsigned argument) {
  for (const NamedValue& row : kNames) {
    if (speaks_of(row, syscall, argument)) return row.kind == Kind::flag;
  }
  return false;
}

std::string argument_text(std::string_view syscall, unsigned argument, std::uint64_t value) {
  if (is_flag_argument(syscall, argument)) return flag_text(syscall, argument, value);
  for (const NamedValue& row : kNames) {
    if (speaks_of(row, syscall, argument) && row.value == value) return std::string(row.name);
  }
  return value < 4096 ? base::cat(value) : base::hex(value);
}

std::optional<std::uint64_t> argument_value(std::string_view text) {
  std::uint64_t all = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('|'));
    const auto value = named(part);
    if (!value) return std::nullopt;
    all |= *value;
    text.remove_prefix(part.size());
    if (text.empty()) return all;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace bulkhead::policy
