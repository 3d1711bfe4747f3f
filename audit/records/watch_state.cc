#include "audit/records/watch_state.h"

#include <fcntl.h>

#include <array>
#include <utility>

#include "audit/events/take_member.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::audit {

using base::cat;
using base::Result;
using oci_config::JsonValue;

namespace {

constexpr std::string_view kFileName = "watch.json";
constexpr std::size_t kMaxStateBytes = 64UL * 1024;

template <class Value>
struct Field {
  std::string_view key;
  Value WatchState::*member;
};
constexpr std::array<Field<std::string>, 4> kTexts = {
    {{"since", &WatchState::since},
     {"updated", &WatchState::updated},
     {"problem", &WatchState::problem},
     {"record_problem", &WatchState::record_problem}}};
constexpr std::array<Field<std::uint64_t>, 5> kCounts = {
    {{"records", &WatchState::records},
     {"containers", &WatchState::containers},
     {"lag_ms", &WatchState::lag_ms},
     {"longest_lag_ms", &WatchState::longest_lag_ms},
     {"waiting_lines", &WatchState::waiting_lines}}};

Result<void> take_losses(const JsonValue& root, LossCounts& losses) {
  const auto object = root.member("losses");
  if (!object) return {};
  if (auto checked = object->expect(oci_config::JsonType::object); !checked) return checked;
  for (const LossRow& row : kLossRows) {
    if (auto taken = take_number(*object, row.key, losses.*row.count); !taken) return taken;
  }
  return {};
}

void write_losses(base::JsonWriter& json, const LossCounts& losses) {
  json.begin_object("losses");
  for (const LossRow& row : kLossRows) json.member(row.key, losses.*row.count);
  json.end_object();
}

}  // namespace

std::string to_json(const WatchState& state) {
  base::JsonWriter json;
  json.begin_object();
  json.member("pid", state.pid);
  json.member("ended", state.ended);
  for (const auto& [key, member] : kTexts) json.member(key, state.*member);
  for (const auto& [key, member] : kCounts) json.member(key, state.*member);
  write_losses(json, state.losses);
  json.end_object();
  return json.take();
}

Result<WatchState> parse_watch_state(std::string text, std::string_view described) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(text), {.described = std::string(described), .max_bytes = kMaxStateBytes});
  if (!document) return std::unexpected(document.error());
  const JsonValue root = document->root();
  if (auto object = root.expect(oci_config::JsonType::object); !object) {
    return std::unexpected(object.error());
  }
  WatchState state;
  Result<void> taken = take_number(root, "pid", state.pid);
  if (taken) taken = take_boolean(root, "ended", state.ended);
  for (const auto& field : kTexts) {
    if (taken) taken = take_text(root, field.key, state.*field.member);
  }
  for (const auto& field : kCounts) {
    if (taken) taken = take_number(root, field.key, state.*field.member);
  }
  if (taken) taken = take_losses(root, state.losses);
  if (!taken) return std::unexpected(std::move(taken.error()));
  return state;
}

Result<void> write_watch_state(const base::Paths& paths, const WatchState& state) {
  const auto directory = base::open_directory(paths.state);
  if (!directory) return std::unexpected(directory.error());
  return base::replace_file_at(directory->get(), std::string(kFileName), cat(to_json(state), "\n"),
                               {.mode = 0644, .durable = false});
}

Result<std::optional<WatchState>> read_watch_state(const base::Paths& paths) {
  const std::string path = cat(paths.state, '/', kFileName);
  if (!base::file_exists_at(AT_FDCWD, path)) return std::nullopt;
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMaxStateBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  auto state = parse_watch_state(std::move(content->bytes), path);
  if (!state) return std::unexpected(std::move(state.error()));
  return std::optional(*std::move(state));
}

}  // namespace bulkhead::audit
