#include "audit/denials/kernel_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/hex.h"
#include "base/text.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

enum class Key : std::uint8_t {
  apparmor,
  arch,
  capname,
  code,
  comm,
  denied,
  denied_mask,
  exe,
  family,
  flags,
  fstype,
  fsuid,
  info,
  name,
  namespace_,
  operation,
  ouid,
  peer,
  peer_addr,
  pid,
  profile,
  requested,
  requested_mask,
  sig,
  signal,
  sock_type,
  srcname,
  subj,
  syscall,
  target,
  uid,
};
constexpr std::array<std::string_view, 31> kKeys = {
    "apparmor",  "arch",           "capname", "code",   "comm",      "denied",  "denied_mask",
    "exe",       "family",         "flags",   "fstype", "fsuid",     "info",    "name",
    "namespace", "operation",      "ouid",    "peer",   "peer_addr", "pid",     "profile",
    "requested", "requested_mask", "sig",     "signal", "sock_type", "srcname", "subj",
    "syscall",   "target",         "uid"};

struct Value {
  std::string_view bytes;
  bool quoted = false;
  bool present = false;
};

// The values of the keys that we know. Others are skipped.
struct Fields {
  std::array<Value, kKeys.size()> values;
  [[nodiscard]] const Value& operator[](Key key) const {
    return values[static_cast<std::size_t>(key)];
  }
};

std::unexpected<base::Error> malformed(std::string_view what) {
  return base::fail(ErrorCode::invalid_input, cat("not a record of the kernel's: ", what));
}

template <class Number>
bool take_number(std::string_view& rest, Number& into) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), into);
  if (error != std::errc{} || end == rest.data()) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return true;
}

bool take_prefix(std::string_view& rest, std::string_view prefix) {
  if (!rest.starts_with(prefix)) return false;
  rest.remove_prefix(prefix.size());
  return true;
}

// "audit(1795455154.156:3):"
std::optional<RecordStamp> take_stamp(std::string_view& rest) {
  RecordStamp stamp;
  const bool whole = take_prefix(rest, "audit(") && take_number(rest, stamp.seconds) &&
                     take_prefix(rest, ".") && take_number(rest, stamp.milliseconds) &&
                     take_prefix(rest, ":") && take_number(rest, stamp.serial) &&
                     take_prefix(rest, "):");
  return whole && stamp.milliseconds < 1000 ? std::optional(stamp) : std::nullopt;
}

Value* slot_of(Fields& fields, std::string_view key) {
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    if (kKeys[i] == key) return &fields.values[i];
  }
  return nullptr;
}

bool holds_control(std::string_view bytes) {
  return std::ranges::any_of(bytes, [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
  });
}

// A word without '=' belongs to no key: kernels print the mode of a label behind it, "(enforce)".
Result<Fields> read_fields(std::string_view rest) {
  Fields fields;
  while (true) {
    const std::size_t start = rest.find_first_not_of(' ');
    if (start == std::string_view::npos) return fields;
    rest.remove_prefix(start);
    const std::size_t end_of_key = rest.find_first_of("= ");
    if (end_of_key == std::string_view::npos) return fields;
    const std::string_view key = rest.substr(0, end_of_key);
    const bool has_value = rest[end_of_key] == '=';
    rest.remove_prefix(end_of_key + 1);
    if (!has_value) continue;
    Value value{.quoted = rest.starts_with('"'), .present = true};
    if (value.quoted) rest.remove_prefix(1);
    const std::size_t end = rest.find(value.quoted ? '"' : ' ');
    if (value.quoted && end == std::string_view::npos) return malformed("a quote is not closed");
    value.bytes = rest.substr(0, end);
    if (holds_control(value.bytes)) return malformed("a control character in a value");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    Value* slot = slot_of(fields, key);
    if (slot == nullptr) continue;
    if (slot->present) return malformed(cat(base::quoted(key), " stands twice"));
    *slot = value;
  }
}

// ---- values -------------------------------------------------------------------------------------

// Text that a task chose: quoted, or hexadecimal. "(null)" and "?" stand for nothing.
Result<std::string> task_text(const Value& value) {
  if (!value.present || value.quoted) return std::string(value.bytes);
  if (value.bytes == "(null)" || value.bytes == "?" || value.bytes.empty()) return std::string();
  auto text = base::bytes_of_hex(value.bytes, base::HexCase::upper);  // the kernel writes capitals
  if (!text) return malformed("a value is neither quoted nor hexadecimal");
  return *std::move(text);
}

template <class Number>
Result<Number> number_of(const Fields& fields, Key key, int base) {
  std::string_view digits = fields[key].bytes;
  if (base == 16) take_prefix(digits, "0x");
  Number number{};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error == std::errc{} && !digits.empty() && end == digits.data() + digits.size()) {
    return number;
  }
  return malformed(cat(kKeys[static_cast<std::size_t>(key)], " is no number"));
}

std::optional<std::uint32_t> optional_number(const Fields& fields, Key key) {
  const auto number = number_of<std::uint32_t>(fields, key, 10);
  return number ? std::optional(*number) : std::nullopt;
}

struct TextField {
  Key key;
  std::string* into;
};

template <std::size_t N>
Result<void> take_texts(const Fields& fields, const TextField (&wanted)[N]) {
  for (const TextField& field : wanted) {
    auto text = task_text(fields[field.key]);
    if (!text) return std::unexpected(std::move(text.error()));
    *field.into = std::move(*text);
  }
  return {};
}

std::string word(const Fields& fields, Key key) { return std::string(fields[key].bytes); }

// Mediations that came with AppArmor 4 write `requested` where the older ones write
// `requested_mask`.
std::string word_of_either(const Fields& fields, Key key, Key newer) {
  return word(fields, fields[key].present ? key : newer);
}

// Others, and records without it, are no denials: STATUS, AUDIT, HINT, ERROR; SELinux's.
std::optional<AppArmorVerdict> verdict_of(std::string_view text) {
  if (text == "DENIED") return AppArmorVerdict::denied;
  if (text == "ALLOWED") return AppArmorVerdict::allowed;
  if (text == "KILLED") return AppArmorVerdict::killed;
  return std::nullopt;
}

// ---- records ------------------------------------------------------------------------------------

Result<KernelDenial> common_of(const RecordStamp& stamp, const Fields& fields) {
  KernelDenial denial{.stamp = stamp};
  const auto pid = number_of<pid_t>(fields, Key::pid, 10);
  if (!pid) return std::unexpected(pid.error());
  if (*pid <= 0) return malformed("pid is not positive");
  denial.pid = *pid;
  const TextField texts[] = {{Key::comm, &denial.comm}, {Key::exe, &denial.exe}};
  if (auto taken = take_texts(fields, texts); !taken) return std::unexpected(taken.error());
  denial.uid = optional_number(fields, Key::uid);
  return denial;
}

// SECCOMP_RET_ACTION_FULL: the record may carry the data of the answer as well.
constexpr std::uint32_t kActionBits = 0xffff0000;

Result<KernelDenial> seccomp_denial(const RecordStamp& stamp, const Fields& fields) {
  auto denial = common_of(stamp, fields);
  if (!denial) return denial;
  const auto arch = number_of<std::uint32_t>(fields, Key::arch, 16);
  const auto code = number_of<std::uint32_t>(fields, Key::code, 16);
  // Signed in the kernel: %ld of an int (auditsc.c, audit_seccomp).
  const auto nr = number_of<std::int64_t>(fields, Key::syscall, 10);
  const auto signal = number_of<std::uint32_t>(fields, Key::sig, 10);
  if (!arch) return std::unexpected(arch.error());
  if (!code) return std::unexpected(code.error());
  if (!nr) return std::unexpected(nr.error());
  if (!signal) return std::unexpected(signal.error());
  denial->facts = SeccompRecord{.arch = *arch,
                                .nr = static_cast<std::uint32_t>(*nr),
                                .code = *code & kActionBits,
                                .signal = *signal};
  denial->subject = word(fields, Key::subj);
  return denial;
}

Result<KernelDenial> apparmor_denial(const RecordStamp& stamp, const Fields& fields,
                                     AppArmorVerdict verdict) {
  auto denial = common_of(stamp, fields);
  if (!denial) return denial;
  AppArmorRecord facts{.verdict = verdict,
                       .operation = word(fields, Key::operation),
                       .requested = word_of_either(fields, Key::requested_mask, Key::requested),
                       .denied = word_of_either(fields, Key::denied_mask, Key::denied),
                       .info = word(fields, Key::info),
                       .capability = word(fields, Key::capname),
                       .family = word(fields, Key::family),
                       .socket_type = word(fields, Key::sock_type),
                       .signal = word(fields, Key::signal),
                       .filesystem = word(fields, Key::fstype),
                       .flags = word(fields, Key::flags),
                       .user = optional_number(fields, Key::fsuid),
                       .owner = optional_number(fields, Key::ouid)};
  const TextField texts[] = {{Key::profile, &facts.profile},
                             {Key::namespace_, &facts.space},
                             {Key::name, &facts.name},
                             {Key::peer, &facts.peer},
                             {Key::peer_addr, &facts.peer_address},
                             {Key::srcname, &facts.source},
                             {Key::target, &facts.target}};
  if (auto taken = take_texts(fields, texts); !taken) return std::unexpected(taken.error());
  if (facts.operation.empty()) return malformed("no operation");
  if (!denial->uid) denial->uid = facts.user;
  denial->facts = std::move(facts);
  return denial;
}

Result<ParsedRecord> parse_syscall(const RecordStamp& stamp, const Fields& fields) {
  auto common = common_of(stamp, fields);
  if (!common) return std::unexpected(std::move(common.error()));
  return SyscallCompanion{
      .stamp = stamp, .pid = common->pid, .exe = std::move(common->exe), .uid = common->uid};
}

Result<ParsedRecord> audited_access(const RecordStamp& stamp, const Fields& fields) {
  auto access = apparmor_denial(stamp, fields, AppArmorVerdict::allowed);
  if (!access) return std::unexpected(std::move(access.error()));
  return AuditedAccess{.stamp = stamp,
                       .pid = access->pid,
                       .facts = std::get<AppArmorRecord>(std::move(access->facts))};
}

Result<ParsedRecord> parse_apparmor(const RecordStamp& stamp, const Fields& fields) {
  if (fields[Key::apparmor].bytes == "AUDIT") return audited_access(stamp, fields);
  const auto verdict = verdict_of(fields[Key::apparmor].bytes);
  if (!verdict) return ParsedRecord{};
  auto denial = apparmor_denial(stamp, fields, *verdict);
  if (!denial) return std::unexpected(std::move(denial.error()));
  return ParsedRecord{std::move(*denial)};
}

}  // namespace

std::optional<RecordStamp> stamp_of(std::string_view text) { return take_stamp(text); }

Result<ParsedRecord> parse_kernel_record(std::uint16_t type, std::string_view text) {
  const bool ours = type == kSeccompRecord || type == kAppArmorRecord || type == kSyscallRecord ||
                    type == kEndOfEventRecord;
  if (!ours) return ParsedRecord{};
  // Netlink pads, and some kernels count a final NUL.
  if (const auto end = text.find('\0'); end != std::string_view::npos) text = text.substr(0, end);
  const auto stamp = take_stamp(text);
  if (!stamp) return malformed("it does not begin with audit(TIME:SERIAL)");
  if (type == kEndOfEventRecord) return ParsedRecord{EndOfEvent{*stamp}};
  const auto fields = read_fields(text);
  if (!fields) return std::unexpected(fields.error());
  if (type == kSyscallRecord) return parse_syscall(*stamp, *fields);
  if (type == kAppArmorRecord) return parse_apparmor(*stamp, *fields);
  auto denial = seccomp_denial(*stamp, *fields);
  if (!denial) return std::unexpected(std::move(denial.error()));
  return ParsedRecord{std::move(*denial)};
}

}  // namespace bulkhead::audit
