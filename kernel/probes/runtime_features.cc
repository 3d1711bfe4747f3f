#include "kernel/probes/runtime_features.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "oci-config/json.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::kernel {

namespace {

using base::JsonWriter;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;
using policy::LogFlag;
using policy::RuntimeFeatures;

constexpr std::size_t kMaxDocumentBytes = 1 << 20;
constexpr std::uint64_t kCacheVersion = 3;

// runc had no `features` before 1.1.0 and took no flags before 1.2. crun before 1.9 has no
// `features`, from 1.9 on its list names no flags, and it has always read those that are here
// (libcrun, seccomp.c); TSYNC, which it takes too, makes no difference to a runtime that loads the
// filter from its only thread.
constexpr std::string_view kCrunFlags[] = {oci_config::kFlagLog, oci_config::kFlagSpecAllow};
constexpr std::string_view kFamilies[] = {"runc", "crun", "youki"};

Result<std::set<std::string>> string_set(const JsonValue& value) {
  const auto list = value.read_string_array();
  if (!list) return std::unexpected(list.error());
  return std::set<std::string>(list->begin(), list->end());
}

// A member that is absent or null (Go prints an empty list so) is an empty set.
Result<std::set<std::string>> string_set_member(const JsonValue& object, std::string_view key) {
  const auto value = object.member(key);
  if (!value || value->is(JsonType::null)) return std::set<std::string>();
  return string_set(*value);
}

// supportedFlags are those that this kernel takes as well; older versions print knownFlags only,
// and versions that print neither reject every flag (runc 1.1).
Result<std::set<std::string>> accepted_flags(const JsonDocument& document) {
  const auto seccomp = document.find("/linux/seccomp");
  if (!seccomp || !seccomp->is(JsonType::object)) return std::set<std::string>();
  const bool supported = seccomp->member("supportedFlags").has_value();
  return string_set_member(*seccomp, supported ? "supportedFlags" : "knownFlags");
}

constexpr std::pair<LogFlag, std::string_view> kLogFlags[] = {
    {LogFlag::unseen, "unseen"}, {LogFlag::taken, "taken"}, {LogFlag::dropped, "dropped"}};

std::string_view name_of(LogFlag flag) {
  return std::ranges::find(kLogFlags, flag, &std::pair<LogFlag, std::string_view>::first)->second;
}

std::optional<LogFlag> log_flag_named(std::string_view name) {
  const auto* const found =
      std::ranges::find(kLogFlags, name, &std::pair<LogFlag, std::string_view>::second);
  return found == std::end(kLogFlags) ? std::nullopt : std::optional(found->first);
}

bool reads_as(const JsonValue& object, std::string_view key, std::string_view wanted) {
  const auto value = object.member(key);
  return value && value->is(JsonType::string) && value->string() == wanted;
}

bool is_entry_for(const JsonValue& root, std::string_view key) {
  if (!root.is(JsonType::object) || !reads_as(root, "key", key)) return false;
  const auto version = root.member("version");
  const auto known = root.member("known");
  const auto is_text = [&](std::string_view name) {
    const auto value = root.member(name);
    return value && value->is(JsonType::string);
  };
  return version && version->is(JsonType::number) && version->read_unsigned() == kCacheVersion &&
         known && known->is(JsonType::boolean) && is_text("family") && is_text("runtimeVersion") &&
         is_text("logFlag") && is_text("libraryKey");
}

}  // namespace

std::string runtime_family(std::string_view version_output) {
  const std::string_view word = version_output.substr(
      0, std::min(version_output.find_first_of(" \n"), version_output.size()));
  const bool known = std::ranges::find(kFamilies, word) != std::end(kFamilies);
  return known ? std::string(word) : std::string();
}

std::string runtime_version(std::string_view version_output) {
  constexpr std::string_view kBefore = " version ";
  const std::string family = runtime_family(version_output);
  if (family.empty()) return {};
  version_output.remove_prefix(family.size());
  if (!version_output.starts_with(kBefore)) return {};
  version_output.remove_prefix(kBefore.size());
  return std::string(version_output.substr(0, version_output.find_first_of(" \n")));
}

Result<RuntimeFeatures> parse_features(std::string text) {
  const auto document = JsonDocument::parse(
      std::move(text), {.described = "the runtime's features", .max_bytes = kMaxDocumentBytes});
  if (!document) return std::unexpected(document.error());
  if (auto object = document->root().expect(JsonType::object); !object) {
    return std::unexpected(object.error());
  }
  if (!document->root().member("ociVersionMin")) {
    return document->root().error("has no ociVersionMin, so it is no list of features");
  }
  auto flags = accepted_flags(*document);
  if (!flags) return std::unexpected(flags.error());
  auto unsafe = string_set_member(document->root(), "potentiallyUnsafeConfigAnnotations");
  if (!unsafe) return std::unexpected(unsafe.error());
  return RuntimeFeatures{.asked = true,
                         .known = true,
                         .seccomp_flags = *std::move(flags),
                         .unsafe_annotations = *std::move(unsafe)};
}

void add_family(RuntimeFeatures& features, std::string family) {
  features.asked = true;
  if (family == "crun" && features.seccomp_flags.empty()) {
    features.seccomp_flags = {std::begin(kCrunFlags), std::end(kCrunFlags)};
  }
  features.family = std::move(family);
}

std::string to_cache_entry(const CacheEntry& entry, std::string_view key) {
  const RuntimeFeatures& features = entry.features;
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object();
  json.member("version", kCacheVersion);
  json.member("key", key);
  json.member("known", features.known);
  json.member("family", features.family);
  json.member("runtimeVersion", features.version);
  json.strings("seccompFlags", features.seccomp_flags);
  json.strings("unsafeAnnotations", features.unsafe_annotations);
  json.member("logFlag", name_of(features.log_flag));
  json.member("libraryKey", entry.library_key);
  json.end_object();
  return json.finish();
}

std::optional<CacheEntry> from_cache_entry(std::string text, std::string_view key) {
  const auto document = JsonDocument::parse(
      std::move(text), {.described = "cache entry", .max_bytes = kMaxDocumentBytes});
  if (!document || !is_entry_for(document->root(), key)) return std::nullopt;
  const JsonValue root = document->root();
  auto flags = string_set_member(root, "seccompFlags");
  auto unsafe = string_set_member(root, "unsafeAnnotations");
  const auto log_flag = log_flag_named(root.member("logFlag")->string());
  if (!flags || !unsafe || !log_flag) return std::nullopt;
  RuntimeFeatures features{.asked = true,
                           .known = root.member("known")->boolean(),
                           .family = std::string(root.member("family")->string()),
                           .version = std::string(root.member("runtimeVersion")->string()),
                           .seccomp_flags = *std::move(flags),
                           .log_flag = *log_flag,
                           .unsafe_annotations = *std::move(unsafe)};
  return CacheEntry{.features = std::move(features),
                    .library_key = std::string(root.member("libraryKey")->string())};
}

}  // namespace bulkhead::kernel
