#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>

#include "audit/events/take_member.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "record/values/access_json.h"
#include "record/values/read_members.h"
#include "record/values/record_fields.h"
#include "record/values/record_json.h"

namespace bulkhead::record {

using audit::take_boolean;
using audit::take_number;
using base::cat;
using base::Result;
using oci_config::JsonType;
using oci_config::JsonValue;

namespace {

Result<void> take_reason(const JsonValue& element, Losses& losses) {
  const auto text = element.read_string();
  if (!text) return std::unexpected(text.error());
  if (text->size() > kMaxTextBytes) {
    return element.error(cat("longer than ", kMaxTextBytes, " bytes"));
  }
  if (!losses.reasons.empty() && *losses.reasons.rbegin() >= *text) {
    return element.error("elements are to be sorted, each of them once");
  }
  losses.reasons.emplace(*text);
  return {};
}

Result<void> take_losses(const JsonValue& object, Losses& losses) {
  const auto member = object.member("losses");
  if (!member) return {};
  if (auto known = expect_members(*member, {"reasons"}, kLossRows); !known) return known;
  for (const LossRow& row : kLossRows) {
    if (auto taken = take_number(*member, row.key, losses.*row.count); !taken) return taken;
  }
  return for_each_element(*member, "reasons", kMostReasons,
                          [&](const JsonValue& element) { return take_reason(element, losses); });
}

Result<void> take_call_key(const JsonValue& object, CallKey& key) {
  if (auto there = expect_present(object, {"arch", "number"}); !there) return there;
  if (auto taken = take_number(object, "arch", key.arch); !taken) return taken;
  return take_number(object, "number", key.number);
}

Result<void> take_call(const JsonValue& element, Calls& calls) {
  if (auto known = expect_members(element, {"arch", "number"}, kUseNumbers); !known) return known;
  CallKey key;
  CallUse use;
  if (auto taken = take_call_key(element, key); !taken) return taken;
  if (auto taken = take_numbers(element, use, kUseNumbers); !taken) return taken;
  if (use.by_exec > use.count) return element.error("more calls by exec than calls");
  if (use.first > use.last) return element.error("the first call is after the last one");
  return append(element, calls, key, use);
}

Result<void> take_calls(const JsonValue& object, Calls& calls) {
  return for_each_element(object, "calls", kMostCalls,
                          [&](const JsonValue& element) { return take_call(element, calls); });
}

Result<void> take_value(const JsonValue& element, SeenValues& seen) {
  if (auto known = expect_members(element, {"value", "count"}); !known) return known;
  if (auto there = expect_present(element, {"value", "count"}); !there) return there;
  std::uint64_t value = 0;
  std::uint64_t count = 0;
  if (auto taken = take_number(element, "value", value); !taken) return taken;
  if (auto taken = take_number(element, "count", count); !taken) return taken;
  return append(element, seen.counts, value, count);
}

Result<void> take_argument(const JsonValue& element, Arguments& arguments) {
  constexpr std::uint32_t kLastArgument = 5;
  if (auto known = expect_members(element, {"arch", "number", "index", "more", "values"}); !known) {
    return known;
  }
  ArgumentKey key;
  SeenValues seen;
  if (auto taken = take_call_key(element, key.call); !taken) return taken;
  if (auto taken = take_number(element, "index", key.index); !taken) return taken;
  if (key.index > kLastArgument) return element.error("a call has six arguments, 0 to 5");
  if (auto taken = take_boolean(element, "more", seen.more); !taken) return taken;
  const auto values = for_each_element(element, "values", kMostValues, [&](const JsonValue& value) {
    return take_value(value, seen);
  });
  if (!values) return values;
  return append(element, arguments, key, std::move(seen));
}

Result<void> take_how(const JsonValue& object, How& how) {
  std::string name;
  if (auto taken = audit::take_text(object, "how", name); !taken) return taken;
  const auto value = audit::value_named(name, kHows);
  if (!value) return object.error(cat("unknown \"how\" ", base::quoted(name)));
  how = *value;
  return {};
}

Result<void> take_container_facts(const JsonValue& element, RecordedContainer& container) {
  for (const auto& field : kContainerTexts) {
    if (auto taken = take_bounded(element, field.key, container.*field.member); !taken) {
      return taken;
    }
  }
  if (auto taken = take_how(element, container.how); !taken) return taken;
  if (auto taken = take_numbers(element, container, kContainerNumbers); !taken) return taken;
  return take_losses(element, container.losses);
}

Result<void> take_container(const JsonValue& element, Record& record) {
  const auto known =
      expect_members(element, {"id", "started", "how", "losses", "calls", "arguments", "accesses"},
                     kContainerTexts, kContainerNumbers);
  if (!known) return known;
  if (auto there = expect_present(element, {"id", "started", "how", "calls"}); !there) {
    return there;
  }
  ContainerKey key;
  RecordedContainer container;
  if (auto taken = take_bounded(element, "id", key.id); !taken) return taken;
  if (auto taken = take_number(element, "started", key.started); !taken) return taken;
  if (auto taken = take_container_facts(element, container); !taken) return taken;
  if (auto taken = take_calls(element, container.calls); !taken) return taken;
  const auto arguments = for_each_element(
      element, "arguments", kMostArguments,
      [&](const JsonValue& argument) { return take_argument(argument, container.arguments); });
  if (!arguments) return arguments;
  if (auto taken = take_accesses(element, container.accesses); !taken) return taken;
  return append(element, record.containers, std::move(key), std::move(container));
}

Result<void> take_earlier(const JsonValue& root, Earlier& earlier) {
  const auto member = root.member("earlier");
  if (!member) return {};
  if (auto known = expect_members(*member, {"calls", "accesses"}, kEarlierNumbers); !known)
    return known;
  if (auto taken = take_numbers(*member, earlier, kEarlierNumbers); !taken) return taken;
  if (auto taken = take_calls(*member, earlier.calls); !taken) return taken;
  return take_accesses(*member, earlier.accesses);
}

// [code, jt, jf, k]
Result<void> take_instruction(const JsonValue& element, policy::FilterProgram& program) {
  constexpr std::array<std::uint64_t, 4> kMost = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
  if (auto array = element.expect(JsonType::array); !array) return array;
  if (element.size() != kMost.size()) return element.error("an instruction has four numbers");
  std::array<std::uint64_t, kMost.size()> words{};
  auto word = element.first();
  for (std::size_t at = 0; at < words.size(); ++at, word = word->next()) {
    const auto number = word->read_unsigned(kMost[at]);
    if (!number) return std::unexpected(number.error());
    words[at] = *number;
  }
  program.push_back({static_cast<std::uint16_t>(words[0]), static_cast<std::uint8_t>(words[1]),
                     static_cast<std::uint8_t>(words[2]), static_cast<std::uint32_t>(words[3])});
  return {};
}

Result<void> take_trial(const JsonValue& root, Trial& trial) {
  constexpr std::size_t kMostInstructions = 4096;  // BPF_MAXINSNS
  const auto member = root.member("trial");
  if (!member) return {};
  if (auto known = expect_members(*member, {"profile", "program"}); !known) return known;
  if (auto taken = take_bounded(*member, "profile", trial.profile); !taken) return taken;
  const auto program = for_each_element(
      *member, "program", kMostInstructions,
      [&](const JsonValue& element) { return take_instruction(element, trial.program); });
  if (!program) return program;
  if (only_observes(trial.program)) return {};
  return member->error("a trial's program is one that lets every call through");
}

Result<void> take_head(const JsonValue& root, Record& record) {
  const auto known = expect_members(
      root, {"version", "name", "since", "containers", "earlier", "losses", "trial"});
  if (!known) return known;
  if (auto there = expect_present(root, {"version", "name", "containers"}); !there) return there;
  std::uint64_t version = 0;
  if (auto taken = take_number(root, "version", version); !taken) return taken;
  if (version != kFormatVersion) return root.error(cat("unknown version ", version));
  if (auto taken = take_bounded(root, "name", record.name); !taken) return taken;
  if (auto name = check_name(record.name); !name) return root.error(name.error().sentence());
  return take_number(root, "since", record.since);
}

Result<void> take_record(const JsonValue& root, Record& record) {
  if (auto taken = take_head(root, record); !taken) return taken;
  const auto containers =
      for_each_element(root, "containers", kMostContainers,
                       [&](const JsonValue& element) { return take_container(element, record); });
  if (!containers) return containers;
  if (auto taken = take_earlier(root, record.earlier); !taken) return taken;
  if (auto taken = take_trial(root, record.trial); !taken) return taken;
  return take_losses(root, record.losses);
}

}  // namespace

Result<Record> parse_record(std::string text, std::string_view described) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(text), {.described = described, .max_bytes = kMaxRecordBytes});
  if (!document) return std::unexpected(document.error());
  Record record;
  if (auto taken = take_record(document->root(), record); !taken) {
    return std::unexpected(std::move(taken.error()));
  }
  if (entries_of(record) > kMostEntries) {
    return document->root().error(cat("more than ", kMostEntries, " calls, values and accesses"));
  }
  return record;
}

}  // namespace bulkhead::record
