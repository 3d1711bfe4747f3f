#include "audit/denials/pasted_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "audit/denials/kernel_record.h"
#include "base/hex.h"
#include "base/text.h"
#include "oci-config/seccomp_profile.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using oci_config::SeccompArch;

// ---- which record it is -------------------------------------------------------------------------

struct TypeName {
  std::string_view name;
  std::uint16_t type;
};
// linux/audit.h and audit's msg_typetab: AppArmor's are written by user space as of kind 150x.
constexpr std::array<TypeName, 10> kTypes = {{{"SECCOMP", kSeccompRecord},
                                              {"AVC", kAppArmorRecord},
                                              {"APPARMOR", kAppArmorRecord},
                                              {"APPARMOR_ALLOWED", kAppArmorRecord},
                                              {"APPARMOR_AUDIT", kAppArmorRecord},
                                              {"APPARMOR_DENIED", kAppArmorRecord},
                                              {"APPARMOR_STATUS", kAppArmorRecord},
                                              {"SYSCALL", kSyscallRecord},
                                              {"PROCTITLE", kProctitleRecord},
                                              {"EOE", kEndOfEventRecord}}};

template <class Number>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  return whole ? std::optional(number) : std::nullopt;
}

std::optional<std::uint16_t> type_called(std::string_view word) {
  if (const auto number = whole_number<std::uint16_t>(word)) return number;
  const auto* row = std::ranges::find(kTypes, word, &TypeName::name);
  return row == kTypes.end() ? std::nullopt : std::optional(row->type);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

// What a record of that kind holds, for lines that lost their head.
std::optional<std::uint16_t> type_by_content(std::string_view line) {
  if (line.contains("apparmor=") || line.contains("avc:")) return kAppArmorRecord;
  const bool seccomp = line.contains(" syscall=") && line.contains(" code=");
  return seccomp ? std::optional(kSeccompRecord) : std::nullopt;
}

// The journal's own form of what came over netlink: "audit[7743]: SECCOMP auid=…".
constexpr std::string_view kJournalHead = " audit[";
std::optional<std::string_view> behind_journal_head(std::string_view line) {
  const std::size_t head = line.find(kJournalHead);
  const std::size_t end = head == std::string_view::npos ? head : line.find("]: ", head);
  return end == std::string_view::npos ? std::nullopt : std::optional(line.substr(end + 3));
}

std::optional<std::uint16_t> type_of(std::string_view line) {
  constexpr std::string_view kKey = "type=";
  if (const std::size_t at = line.find(kKey); at != std::string_view::npos) {
    if (const auto type = type_called(first_word(line.substr(at + kKey.size())))) return type;
  }
  if (const auto type = type_called(first_word(line))) return type;
  if (const auto journal = behind_journal_head(line)) {
    if (const auto type = type_called(first_word(*journal))) return type;
  }
  return type_by_content(line);
}

// ---- its stamp and its body ---------------------------------------------------------------------

struct Parts {
  std::string stamp;  // "audit(SECONDS.MILLIS:SERIAL):"
  std::string time;
  std::string_view body;
  bool interpreted = false;
};

// "01/29/2021 08:51:32.540:26626": the date as ausearch -i writes it, and the serial.
std::optional<Parts> interpreted_stamp(std::string_view inside, std::string_view body) {
  const std::size_t colon = inside.rfind(':');
  if (colon == std::string_view::npos || !inside.contains(' ')) return std::nullopt;
  const auto serial = whole_number<std::uint64_t>(inside.substr(colon + 1));
  if (!serial) return std::nullopt;
  return Parts{.stamp = cat("audit(0.000:", *serial, "):"),
               .time = std::string(inside.substr(0, colon)),
               .body = body,
               .interpreted = true};
}

std::optional<Parts> parts_with_stamp(std::string_view line, std::size_t start) {
  constexpr std::string_view kOpen = "audit(";
  const std::string_view from = line.substr(start);
  const std::size_t close = from.find(')');
  if (close == std::string_view::npos) return std::nullopt;
  std::string_view body = from.substr(close + 1);
  if (body.starts_with(" :")) body.remove_prefix(1);
  if (!body.starts_with(':')) return std::nullopt;
  body.remove_prefix(1);
  const std::string_view head = from.substr(0, close + 1);
  if (stamp_of(cat(head, ':'))) return Parts{.stamp = cat(head, ':'), .time = {}, .body = body};
  return interpreted_stamp(head.substr(kOpen.size(), head.size() - kOpen.size() - 1), body);
}

// A line without a stamp begins with one of the keys that records begin with.
std::optional<Parts> parts_without_stamp(std::string_view line) {
  for (const std::string_view key : {"auid=", "apparmor=", "avc:"}) {
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) continue;
    const std::size_t head = line.find(kJournalHead);
    return Parts{.stamp = "audit(0.000:0):",
                 .time = std::string(trimmed(line.substr(0, head < at ? head : 0))),
                 .body = line.substr(at)};
  }
  return std::nullopt;
}

std::optional<Parts> parts_of(std::string_view line) {
  const std::size_t start = line.find("audit(");
  return start == std::string_view::npos ? parts_without_stamp(line)
                                         : parts_with_stamp(line, start);
}

// ---- names back into the kernel's numbers -------------------------------------------------------

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

// linux/audit.h, as audit's machinetab names them.
struct Machine {
  std::string_view name;
  std::uint32_t arch;
  std::optional<SeccompArch> calls;
};
constexpr std::array<Machine, 9> kMachines = {{
    {"x86_64", 0xc000003e, SeccompArch::x86_64},
    {"i386", 0x40000003, SeccompArch::x86},
    {"i686", 0x40000003, SeccompArch::x86},
    {"aarch64", 0xc00000b7, SeccompArch::aarch64},
    {"arm", 0x40000028, SeccompArch::arm},
    {"armv7l", 0x40000028, SeccompArch::arm},
    {"riscv64", 0xc00000f3, std::nullopt},
    {"s390x", 0x80000016, std::nullopt},
    {"ppc64le", 0xc0000015, std::nullopt},
}};

const Machine* machine_called(std::string_view name) {
  const auto* row = std::ranges::find(kMachines, name, &Machine::name);
  return row == kMachines.end() ? nullptr : row;
}

// "brk", or "unknown-syscall(467)".
std::string call_number(std::string_view name, const Machine* machine) {
  constexpr std::string_view kUnknown = "unknown-syscall(";
  if (name.starts_with(kUnknown) && name.ends_with(')')) {
    return std::string(name.substr(kUnknown.size(), name.size() - kUnknown.size() - 1));
  }
  const auto number = machine != nullptr && machine->calls
                          ? policy::syscall_number(*machine->calls, name)
                          : std::nullopt;
  return number ? cat(*number) : std::string(name);
}

struct CodeName {
  std::string_view name, code;
};
constexpr std::array<CodeName, 8> kCodes = {{{"kill", "0x0"},
                                             {"kill-process", "0x80000000"},
                                             {"trap", "0x30000"},
                                             {"errno", "0x50000"},
                                             {"user-notif", "0x7fc00000"},
                                             {"trace", "0x7ff00000"},
                                             {"log", "0x7ffc0000"},
                                             {"allow", "0x7fff0000"}}};

std::string code_called(std::string_view name) {
  const auto* row = std::ranges::find(kCodes, name, &CodeName::name);
  return std::string(row == kCodes.end() ? name : row->code);
}

// A record without a signal has 0; which one it was is told by the action.
std::string signal_called(std::string_view name) {
  return whole_number<std::uint32_t>(name) ? std::string(name) : std::string("0");
}

std::string spelled(const Field& field, Spelling spelling, const Machine* machine) {
  const std::string_view value = field.value;
  if (value.starts_with('"')) return std::string(value);
  switch (spelling) {
    case Spelling::as_it_is: return std::string(first_word(value));
    case Spelling::word: return cat('"', value, '"');
    case Spelling::text:
      return value == "(null)" || value == "?" ? "?" : base::hex_of(value, base::HexCase::upper);
    case Spelling::arch: return machine != nullptr ? base::hex(machine->arch) : std::string(value);
    case Spelling::syscall: return call_number(value, machine);
    case Spelling::code: return code_called(value);
    case Spelling::signal: return signal_called(value);
  }
  return std::string(value);
}

std::string as_the_kernel_writes(std::string_view body) {
  const auto fields = fields_of(body);
  const auto arch = std::ranges::find(fields, std::string_view("arch"), &Field::key);
  const Machine* machine = arch == fields.end() ? nullptr : machine_called(arch->value);
  std::string text;
  for (const Field& field : fields) {
    const auto* row = spelling_of(field.key);
    if (row != nullptr) text += cat(' ', field.key, '=', spelled(field, row->spelling, machine));
  }
  return text;
}

}  // namespace

std::optional<PastedRecord> pasted_record(std::string_view line) {
  constexpr char kEnriched = '\x1d';  // behind it, auditd repeats the record with names
  line = trimmed(line.substr(0, line.find(kEnriched)));
  const auto type = type_of(line);
  auto parts = type ? parts_of(line) : std::nullopt;
  if (!parts) return std::nullopt;
  std::string body =
      parts->interpreted ? as_the_kernel_writes(parts->body) : std::string(parts->body);
  return PastedRecord{
      .type = *type, .text = parts->stamp + std::move(body), .time = std::move(parts->time)};
}

}  // namespace bulkhead::audit
