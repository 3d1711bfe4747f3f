#include "shim/option_values.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "oci-config/runtime_spec.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::quoted;
using base::Result;

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kLogFile = "file:";

std::unexpected<base::Error> wrong(std::string what, std::string remedy) {
  return base::fail(base::ErrorCode::usage, std::move(what), std::move(remedy));
}

// Digits without a leading zero: "010" is 10 to C and 8 to Go.
std::optional<std::uint64_t> plain_decimal(std::string_view text) {
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return base::parse_decimal(text);
}

std::optional<std::uint32_t> id_of(std::string_view text) {
  const auto number = plain_decimal(text);
  if (!number || *number >= UINT32_MAX) return std::nullopt;  // 2^32 - 1 is "no user"
  return static_cast<std::uint32_t>(*number);
}

// crun changes into the bundle that it is given before it opens anything but its config file; runc
// before it connects to sockets and before CRIU opens the image.
bool starts_at_the_bundle(Meaning meaning, const Scope& scope, const Directories& directories) {
  if (scope.place == Subcommand::exec || !directories.bundle_given) return false;
  switch (scope.family) {
    case Family::crun: return meaning != Meaning::bundle && meaning != Meaning::config_file;
    case Family::runc: return meaning == Meaning::socket || meaning == Meaning::image;
    case Family::youki:
    case Family::other: return false;
  }
  return false;
}

Result<std::string> canonical_path(const std::string& value, std::string_view directory) {
  if (value.empty()) return wrong("names no path", "leave it out, or name one");
  return absolute(value, directory);
}

Result<std::string> canonical_log(const std::string& value, const Scope& scope,
                                  std::string_view directory) {
  if (value.empty()) return value;  // the same as none
  if (scope.family != Family::crun) return absolute(value, directory);
  if (value.starts_with(kLogFile)) {
    return cat(kLogFile, absolute(std::string_view(value).substr(kLogFile.size()), directory));
  }
  return value.find(':') == value.npos ? absolute(value, directory) : value;
}

Result<std::string> canonical_number(const std::string& value) {
  if (id_of(value)) return value;
  return wrong(cat("has the value ", quoted(value), ", which is no plain decimal number"),
               "write digits alone, without a leading zero");
}

Result<std::string> canonical_user(const std::string& value) {
  if (parse_user(value)) return value;
  return wrong(cat("has the value ", quoted(value), ", which is not UID or UID:GID"),
               "write plain decimal numbers below 4294967295");
}

Result<std::string> canonical_capability(const std::string& value) {
  if (oci_config::capability_number(value)) return value;
  if (const auto number = oci_config::capability_as_libcap_reads(value)) {
    const std::string_view name = oci_config::capability_name(*number);
    return wrong(cat("has the value ", quoted(value), ", which some runtimes take for ", name,
                     " and others ignore"),
                 cat("write ", name));
  }
  return wrong(cat("has the value ", quoted(value), ", which is no capability known to Bulkhead"),
               "correct the name");
}

}  // namespace

std::string absolute(std::string_view path, std::string_view directory) {
  if (path.starts_with('/') || directory.empty()) return std::string(path);
  return cat(directory, directory.ends_with('/') ? "" : "/", path);
}

std::optional<bool> go_boolean(std::string_view text) {
  constexpr std::array kTrue = {"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array kFalse = {"0", "f", "F", "false", "FALSE", "False"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return std::nullopt;
}

Result<std::string> canonical_value(Meaning meaning, const std::string& value, const Scope& scope,
                                    const Directories& directories) {
  const std::string_view start =
      starts_at_the_bundle(meaning, scope, directories) ? directories.bundle : directories.caller;
  switch (meaning) {
    case Meaning::text:
    case Meaning::help:
    case Meaning::rootless:
    case Meaning::log_format:
    case Meaning::apparmor:
    case Meaning::no_new_privs: return value;
    case Meaning::number:
    case Meaning::preserve_fds: return canonical_number(value);
    case Meaning::user: return canonical_user(value);
    case Meaning::capability: return canonical_capability(value);
    case Meaning::log: return canonical_log(value, scope, start);
    case Meaning::config_file:
      if (value == kConfig) return std::string();
      return canonical_path(value, start);
    case Meaning::pid_file:
    case Meaning::socket:
    case Meaning::image:
      if (value.empty()) return value;  // the same as none
      return absolute(value, start);
    case Meaning::root:
    case Meaning::bundle:
    case Meaning::process_file: return canonical_path(value, start);
  }
  return value;
}

std::optional<UserAndGroup> parse_user(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto uid = id_of(text.substr(0, colon));
  if (!uid) return std::nullopt;
  if (colon == text.npos) return UserAndGroup{*uid, std::nullopt};
  const auto gid = id_of(text.substr(colon + 1));
  if (!gid) return std::nullopt;
  return UserAndGroup{*uid, gid};
}

}  // namespace bulkhead::shim
