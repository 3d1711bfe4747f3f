#include "record/values/record_json.h"

#include "base/json_writer.h"
#include "base/utf8.h"
#include "record/values/access_json.h"
#include "record/values/record_fields.h"

namespace bulkhead::record {

using base::JsonWriter;

namespace {

// A text as it can be read again: bytes that are no UTF-8 take three each when they are written.
std::string_view cut(std::string_view text) {
  const bool fits = text.size() <= kMaxTextBytes / 3 ||
                    (text.size() <= kMaxTextBytes && base::is_valid_utf8(text));
  return fits ? text : text.substr(0, kMaxTextBytes / 3);
}

void write_losses(JsonWriter& json, const Losses& losses) {
  if (losses == Losses{}) return;
  json.begin_object("losses");
  for (const LossRow& row : kLossRows) {
    if (losses.*row.count > 0) json.member(row.key, losses.*row.count);
  }
  if (!losses.reasons.empty()) {
    json.begin_array("reasons");
    for (const std::string& reason : losses.reasons) json.element(cut(reason));
    json.end_array();
  }
  json.end_object();
}

void write_calls(JsonWriter& json, const Calls& calls) {
  json.begin_array("calls");
  for (const auto& [key, use] : calls) {
    json.begin_object();
    json.member("arch", key.arch);
    json.member("number", key.number);
    for (const auto& field : kUseNumbers) {
      if (use.*field.member > 0) json.member(field.key, use.*field.member);
    }
    json.end_object();
  }
  json.end_array();
}

void write_seen(JsonWriter& json, const ArgumentKey& key, const SeenValues& seen) {
  json.begin_object();
  json.member("arch", key.call.arch);
  json.member("number", key.call.number);
  json.member("index", key.index);
  if (seen.more) json.member("more", true);
  json.begin_array("values");
  for (const auto& [value, count] : seen.counts) {
    json.begin_object();
    json.member("value", value);
    json.member("count", count);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_container(JsonWriter& json, const ContainerKey& key,
                     const RecordedContainer& container) {
  json.begin_object();
  json.member("id", cut(key.id));
  json.member("started", key.started);
  for (const auto& field : kContainerTexts) {
    json.member_if_any(field.key, cut(container.*field.member));
  }
  json.member("how", name_of(container.how));
  for (const auto& field : kContainerNumbers) {
    if (container.*field.member > 0) json.member(field.key, container.*field.member);
  }
  write_losses(json, container.losses);
  write_calls(json, container.calls);
  if (!container.arguments.empty()) {
    json.begin_array("arguments");
    for (const auto& [argument, seen] : container.arguments) write_seen(json, argument, seen);
    json.end_array();
  }
  write_accesses(json, container.accesses);
  json.end_object();
}

void write_earlier(JsonWriter& json, const Earlier& earlier) {
  if (earlier == Earlier{}) return;
  json.begin_object("earlier");
  for (const auto& field : kEarlierNumbers) json.member(field.key, earlier.*field.member);
  write_calls(json, earlier.calls);
  write_accesses(json, earlier.accesses);
  json.end_object();
}

void write_trial(JsonWriter& json, const Trial& trial) {
  if (trial.program.empty()) return;
  json.begin_object("trial");
  json.member("profile", cut(trial.profile));
  json.begin_array("program");
  for (const auto& [code, jt, jf, k] : trial.program) {
    json.element_raw(base::cat('[', code, ',', jt, ',', jf, ',', k, ']'));
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(const Record& record) {
  JsonWriter json;
  json.begin_object();
  json.member("version", kFormatVersion);
  json.member("name", record.name);
  json.member("since", record.since);
  json.begin_array("containers");
  for (const auto& [key, container] : record.containers) write_container(json, key, container);
  json.end_array();
  write_earlier(json, record.earlier);
  write_losses(json, record.losses);
  write_trial(json, record.trial);
  json.end_object();
  return json.finish();
}

}  // namespace bulkhead::record
