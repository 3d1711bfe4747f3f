#include "audit/denials/pasted_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "audit/denials/interpreted_record.h"
#include "audit/denials/kernel_record.h"
#include "audit/denials/words.h"
#include "base/text.h"

namespace bulkhead::audit {

namespace {

using base::cat;

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

}  // namespace

std::optional<PastedRecord> pasted_record(std::string_view line) {
  constexpr char kEnriched = '\x1d';  // behind it, auditd repeats the record with names
  line = trimmed(line.substr(0, line.find(kEnriched)));
  const auto type = type_of(line);
  auto parts = type ? parts_of(line) : std::nullopt;
  if (!parts) return std::nullopt;
  const Interpreted record =
      parts->interpreted ? interpreted(parts->body) : Interpreted{std::string(parts->body)};
  return PastedRecord{.type = *type,
                      .text = parts->stamp + record.body,
                      .time = std::move(parts->time),
                      .lost = record.lost,
                      .call_without_number = record.call_without_number};
}

}  // namespace bulkhead::audit
