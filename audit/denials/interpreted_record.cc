#include "audit/denials/interpreted_record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "audit/denials/words.h"
#include "base/hex.h"
#include "base/text.h"
#include "oci-config/native_arch.h"
#include "oci-config/seccomp_profile.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using oci_config::SeccompArch;

struct Field {
  std::string_view key;
  std::string_view value;
};

enum class Spelling : std::uint8_t { as_it_is, word, text, arch, syscall, code, signal };
struct KeySpelling {
  std::string_view key;
  Spelling spelling;
};
// Every key of these records: a value without quotes ends where the next one begins.
constexpr std::array<KeySpelling, 40> kSpellings = {{
    {"auid", Spelling::as_it_is},       {"uid", Spelling::as_it_is},
    {"gid", Spelling::as_it_is},        {"ses", Spelling::as_it_is},
    {"subj", Spelling::as_it_is},       {"pid", Spelling::as_it_is},
    {"comm", Spelling::text},           {"exe", Spelling::text},
    {"sig", Spelling::signal},          {"arch", Spelling::arch},
    {"syscall", Spelling::syscall},     {"compat", Spelling::as_it_is},
    {"ip", Spelling::as_it_is},         {"code", Spelling::code},
    {"apparmor", Spelling::word},       {"operation", Spelling::word},
    {"class", Spelling::word},          {"info", Spelling::word},
    {"error", Spelling::as_it_is},      {"namespace", Spelling::text},
    {"profile", Spelling::text},        {"name", Spelling::text},
    {"requested_mask", Spelling::word}, {"denied_mask", Spelling::word},
    {"requested", Spelling::word},      {"denied", Spelling::word},
    {"fsuid", Spelling::as_it_is},      {"ouid", Spelling::as_it_is},
    {"peer", Spelling::text},           {"signal", Spelling::as_it_is},
    {"family", Spelling::word},         {"sock_type", Spelling::word},
    {"protocol", Spelling::as_it_is},   {"addr", Spelling::as_it_is},
    {"peer_addr", Spelling::text},      {"fstype", Spelling::word},
    {"srcname", Spelling::text},        {"flags", Spelling::word},
    {"capname", Spelling::word},        {"target", Spelling::text},
}};

const KeySpelling* spelling_of(std::string_view key) {
  const auto* row = std::ranges::find(kSpellings, key, &KeySpelling::key);
  return row == kSpellings.end() ? nullptr : row;
}

// The key that begins at `at`, behind a blank or at the start.
std::optional<std::string_view> key_at(std::string_view body, std::size_t at) {
  if (at > 0 && body[at - 1] != ' ') return std::nullopt;
  const std::size_t equals = body.find_first_of("= ", at);
  if (equals == std::string_view::npos || body[equals] != '=') return std::nullopt;
  const std::string_view key = body.substr(at, equals - at);
  return spelling_of(key) != nullptr || key == "capability" ? std::optional(key) : std::nullopt;
}

std::vector<Field> fields_of(std::string_view body) {
  std::vector<Field> fields;
  std::size_t value = 0;
  for (std::size_t at = 0; at < body.size(); ++at) {
    const auto key = key_at(body, at);
    if (!key) continue;
    if (!fields.empty()) fields.back().value = trimmed(body.substr(value, at - value));
    value = at + key->size() + 1;
    fields.push_back({*key, {}});
  }
  if (!fields.empty()) fields.back().value = trimmed(body.substr(value));
  return fields;
}

// linux/audit.h, as audit's machinetab names them: 32-bit ARM is "armeb", whatever its byte order.
struct Machine {
  std::string_view name;
  std::uint32_t arch;
  std::optional<SeccompArch> calls;
};
constexpr std::array<Machine, 12> kMachines = {{
    {"x86_64", 0xc000003e, SeccompArch::x86_64},
    {"i386", 0x40000003, SeccompArch::x86},
    {"i686", 0x40000003, SeccompArch::x86},
    {"aarch64", 0xc00000b7, SeccompArch::aarch64},
    {"arm", 0x40000028, SeccompArch::arm},
    {"armeb", 0x40000028, SeccompArch::arm},
    {"armv5tejl", 0x40000028, SeccompArch::arm},
    {"armv6l", 0x40000028, SeccompArch::arm},
    {"armv7l", 0x40000028, SeccompArch::arm},
    {"riscv64", 0xc00000f3, std::nullopt},
    {"s390x", 0x80000016, std::nullopt},
    {"ppc64le", 0xc0000015, std::nullopt},
}};
static_assert(std::ranges::count(kMachines, std::optional(oci_config::kNativeArch),
                                 &Machine::calls) == 1,
              "docs/porting.md: how audit calls this machine");

const Machine* machine_called(std::string_view name) {
  const auto* row = std::ranges::find(kMachines, name, &Machine::name);
  return row == kMachines.end() ? nullptr : row;
}

// "467" of "unknown-syscall(467)", "c00000f3" of "unknown-elf-type(c00000f3)".
std::optional<std::string> within(std::string_view unknown, std::string_view text) {
  if (!text.starts_with(unknown) || !text.ends_with(')')) return std::nullopt;
  return std::string(text.substr(unknown.size(), text.size() - unknown.size() - 1));
}

std::string arch_number(std::string_view name, const Machine* machine) {
  if (machine != nullptr) return base::hex(machine->arch);
  return within("unknown-elf-type(", name).value_or(std::string(name));
}

// "brk", or "unknown-syscall(467)".
std::string call_number(std::string_view name, const Machine* machine) {
  if (auto number = within("unknown-syscall(", name)) return *std::move(number);
  const auto number = machine != nullptr && machine->calls
                          ? policy::syscall_number(*machine->calls, name)
                          : std::nullopt;
  return number ? cat(*number) : std::string(name);
}

struct CodeName {
  std::string_view name, code;
};
constexpr std::array<CodeName, 9> kCodes = {{{"kill", "0x0"},
                                             {"kill-process", "0x80000000"},
                                             {"trap", "0x30000"},
                                             {"errno", "0x50000"},
                                             {"user-notif", "0x7fc00000"},
                                             {"user-notify", "0x7fc00000"},
                                             {"trace", "0x7ff00000"},
                                             {"log", "0x7ffc0000"},
                                             {"allow", "0x7fff0000"}}};

std::string code_called(std::string_view name) {
  const auto* row = std::ranges::find(kCodes, name, &CodeName::name);
  return std::string(row == kCodes.end() ? name : row->code);
}

// A record without a signal has 0; which one it was is told by the action.
std::string signal_called(std::string_view name) {
  return base::parse_decimal(name) ? std::string(name) : std::string("0");
}

std::string spelled(const Field& field, Spelling spelling, const Machine* machine) {
  const std::string_view value = field.value;
  if (value.starts_with('"')) return std::string(value);
  switch (spelling) {
    case Spelling::as_it_is: return std::string(first_word(value));
    case Spelling::word: return cat('"', value, '"');
    case Spelling::text:
      return value == "(null)" || value == "?" ? "?" : base::hex_of(value, base::HexCase::upper);
    case Spelling::arch: return arch_number(value, machine);
    case Spelling::syscall: return call_number(value, machine);
    case Spelling::code: return code_called(value);
    case Spelling::signal: return signal_called(value);
  }
  return std::string(value);
}

std::string_view value_of(const std::vector<Field>& fields, std::string_view key) {
  const auto found = std::ranges::find(fields, key, &Field::key);
  return found == fields.end() ? std::string_view() : found->value;
}

// What ausearch made of a value that was another one.
Lost lost_in(const Field& field) {
  if (field.key == "code" && field.value == "kill") return Lost::process_or_thread;
  if (field.key == "family" && field.value == "unspecified") return Lost::socket_family;
  if (field.key == "flags" && field.value.starts_with("MAP_")) return Lost::mount_options;
  return Lost::nothing;
}

// Those that it spoils are put right where another field tells, else left out.
void mend(std::vector<Field>& fields) {
  const bool is_unix = value_of(fields, "class") == "\"unix\"";
  for (Field& field : fields) {
    if (is_unix && lost_in(field) == Lost::socket_family) field.value = "unix";
  }
}

bool is_left_out(Lost lost) { return lost == Lost::socket_family || lost == Lost::mount_options; }

std::string call_without_number(const std::vector<Field>& fields, const Machine* machine) {
  const std::string call = call_number(value_of(fields, "syscall"), machine);
  const bool number = call.find_first_not_of("0123456789") == std::string::npos;
  return number ? std::string() : call;
}

}  // namespace

Interpreted interpreted(std::string_view body) {
  auto fields = fields_of(body);
  mend(fields);
  const Machine* machine = machine_called(value_of(fields, "arch"));
  Interpreted record{.body = {}, .call_without_number = call_without_number(fields, machine)};
  for (const Field& field : fields) {
    const Lost lost = lost_in(field);
    if (lost != Lost::nothing) record.lost = lost;
    const auto* row = spelling_of(field.key);
    if (row == nullptr || is_left_out(lost)) continue;
    record.body += cat(' ', field.key, '=', spelled(field, row->spelling, machine));
  }
  return record;
}

}  // namespace bulkhead::audit
