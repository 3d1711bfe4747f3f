#include "policy/settings/settings_reader.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "policy/settings/settings_table.h"

namespace bulkhead::policy {

namespace {

// A row of the table as far as reading goes.
template <class Target>
struct SettingReader {
  std::string_view section;  // empty for a setting that stands by itself
  std::string_view name;
  std::string_view rules_only;  // empty where Target may have it
  void (*read)(const JsonValue& value, Reading& reading, Target& target);
};

template <const auto& kTable, std::size_t kIndex, class Target>
void read_setting(const JsonValue& value, Reading& reading, Target& target) {
  constexpr const auto& row = std::get<kIndex>(kTable);
  auto read = row.read(value, reading);
  if (read) row.member(target) = Setting{*std::move(read), reading.origin(value)};
}

template <const auto& kTable, class Target>
constexpr auto readers_of() {
  constexpr bool kIsRule = std::is_same_v<Target, SettingsOverride>;
  return []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{
        SettingReader<Target>{std::get<kIndex>(kTable).section(), std::get<kIndex>(kTable).name(),
                              kIsRule ? std::string_view() : std::get<kIndex>(kTable).rules_only,
                              read_setting<kTable, kIndex, Target>}...};
  }
  (std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(kTable)>>>());
}

constexpr auto kNodeReaders = readers_of<kNodeSettings, NodeSettings>();
constexpr auto kGlobalReaders = readers_of<kContainerSettings, GlobalSettings>();
constexpr auto kRuleReaders = readers_of<kContainerSettings, SettingsOverride>();

template <class Target>
using Readers = std::span<const SettingReader<Target>>;

template <class Target>
const SettingReader<Target>* find_reader(Readers<Target> readers, std::string_view section,
                                         std::string_view name) {
  const auto found = std::ranges::find_if(readers, [&](const auto& reader) {
    return reader.section == section && reader.name == name;
  });
  return found == readers.end() ? nullptr : &*found;
}

template <class Target>
std::vector<std::string_view> names_in(Readers<Target> readers, std::string_view section) {
  std::vector<std::string_view> names;
  for (const auto& reader : readers) {
    if (reader.section == section && reader.rules_only.empty()) names.push_back(reader.name);
  }
  return names;
}

template <class Target>
void read_section(const JsonValue& section, Reading& reading, Readers<Target> readers,
                  Target& target) {
  const auto reader_of = [&](std::string_view name) {
    return find_reader(readers, section.key(), name);
  };
  read_members(
      section, reading, names_in(readers, section.key()),
      [&](const JsonValue& member) {
        const auto* reader = reader_of(member.key());
        if (reader == nullptr || !reader->rules_only.empty()) return false;
        reader->read(member, reading, target);
        return true;
      },
      [&](std::string_view key) {
        const auto* reader = reader_of(key);
        return reader == nullptr ? std::string_view() : reader->rules_only;
      });
}

template <class Target>
bool read_by(const JsonValue& member, Reading& reading, Readers<Target> readers, Target& target) {
  if (const auto* reader = find_reader(readers, "", member.key())) {
    if (!reader->rules_only.empty()) return false;
    reader->read(member, reading, target);
    return true;
  }
  if (names_in(readers, member.key()).empty()) return false;
  read_section(member, reading, readers, target);
  return true;
}

// Settings that stand by themselves, and sections, each once.
template <class Target>
void add_keys(Readers<Target> readers, std::vector<std::string_view>& keys) {
  for (const auto& reader : readers) {
    if (!reader.rules_only.empty()) continue;
    const auto key = reader.section.empty() ? reader.name : reader.section;
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
}

}  // namespace

bool read_settings(const JsonValue& member, Reading& reading, NodeSettings& settings) {
  return read_by<NodeSettings>(member, reading, kNodeReaders, settings);
}
bool read_settings(const JsonValue& member, Reading& reading, GlobalSettings& settings) {
  return read_by<GlobalSettings>(member, reading, kGlobalReaders, settings);
}
bool read_settings(const JsonValue& member, Reading& reading, SettingsOverride& settings) {
  return read_by<SettingsOverride>(member, reading, kRuleReaders, settings);
}

std::vector<std::string_view> keys_of_documents() {
  std::vector<std::string_view> keys;
  add_keys<NodeSettings>(kNodeReaders, keys);
  add_keys<GlobalSettings>(kGlobalReaders, keys);
  return keys;
}

std::vector<std::string_view> keys_of_rules() {
  std::vector<std::string_view> keys;
  add_keys<SettingsOverride>(kRuleReaders, keys);
  return keys;
}

std::string_view belongs_to_rules(std::string_view key) {
  for (const auto& reader : kGlobalReaders) {
    if ((reader.section.empty() ? reader.name : reader.section) == key) return reader.rules_only;
  }
  return {};
}

}  // namespace bulkhead::policy
