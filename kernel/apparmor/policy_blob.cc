#include "kernel/apparmor/policy_blob.h"

#include <array>

namespace bulkhead::kernel {

namespace {

// enum aa_code
enum Code : std::uint8_t {
  kU8,
  kU16,
  kU32,
  kU64,
  kName,  // of the item behind it
  kString,
  kBlob,
  kStruct,
  kStructEnd,
  kList,
  kListEnd,
  kArray,
  kArrayEnd,
};
struct Layout {
  std::size_t number = 0;  // bytes of the number behind the code
  bool is_length = false;  // of what comes behind that
};
constexpr std::array<Layout, kArrayEnd + 1> kLayouts = {
    {{1}, {2}, {4}, {8}, {2, true}, {2, true}, {4, true}, {}, {}, {}, {}, {2}, {}}};

struct Item {
  Code code = kU8;
  std::string_view name;  // empty where it has none
  std::uint64_t number = 0;
  std::string_view text;
};

std::string_view without_end(std::string_view text) { return text.substr(0, text.find('\0')); }

class Items {
 public:
  explicit Items(std::string_view blob) : rest_(blob) {}

  std::optional<Item> next() {
    auto item = take();
    if (!item || item->code != kName) return item;
    const std::string_view name = without_end(item->text);
    item = take();
    if (item) item->name = name;
    return item;
  }

  // Behind the next one of this kind and name.
  bool skip_to(Code code, std::string_view name) {
    while (const auto item = next()) {
      if (item->code == code && item->name == name) return true;
    }
    return false;
  }

 private:
  std::optional<std::string_view> take_bytes(std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::optional<std::uint64_t> take_number(std::size_t width) {
    const auto bytes = take_bytes(width);
    if (!bytes) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t at = width; at-- > 0;) {
      number = number << 8U | static_cast<std::uint8_t>((*bytes)[at]);
    }
    return number;
  }

  std::optional<Item> take() {
    const auto code = take_number(1);
    if (!code || *code >= kLayouts.size()) return std::nullopt;
    const Layout layout = kLayouts[*code];
    const auto number = take_number(layout.number);
    if (!number) return std::nullopt;
    const auto text = take_bytes(layout.is_length ? *number : 0);
    if (!text) return std::nullopt;
    return Item{.code = static_cast<Code>(*code), .number = *number, .text = *text};
  }

  std::string_view rest_;
};

bool enter(Items& items, std::string_view profile) {
  while (items.skip_to(kStruct, "profile")) {
    const auto name = items.next();
    if (name && name->code == kString && without_end(name->text) == profile) return true;
  }
  return false;
}

// Allowed, audited, quiet, and one that is not used.
std::optional<std::uint64_t> first_of_four(Items& items, const std::optional<Item>& first) {
  for (int more = 0; more < 3; ++more) {
    if (const auto item = items.next(); !item || item->code != kU32) return std::nullopt;
  }
  return first && first->code == kU32 ? std::optional(first->number) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> capabilities_in(std::string_view blob, std::string_view profile) {
  Items items(blob);
  if (!enter(items, profile) || !items.skip_to(kStruct, "flags") ||
      !items.skip_to(kStructEnd, "")) {
    return std::nullopt;
  }
  auto item = items.next();
  if (item && item->name == "path_flags") item = items.next();
  const auto low = first_of_four(items, item);
  if (!low) return std::nullopt;
  item = items.next();
  if (!item || item->code != kStruct || item->name != "caps64") return low;
  item = items.next();
  if (!item || item->code != kU32) return std::nullopt;
  return item->number << 32U | *low;
}

}  // namespace bulkhead::kernel
