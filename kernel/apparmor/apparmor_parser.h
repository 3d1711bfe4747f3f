// apparmor_parser(8), the only compiler of AppArmor profiles, run once and watched.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"
#include "kernel/apparmor/apparmor_source.h"

namespace bulkhead::kernel {

struct ParserLimits {
  int timeout_ms = 30'000;
  std::size_t max_bytes = 32 << 20;  // of compiled policy
};

// The first of places.parsers that can be executed; empty when the node has none.
[[nodiscard]] std::string find_parser(const AppArmorPlaces& places);

// What tells one parser from another: path, device, inode, size and time of change; "none".
[[nodiscard]] std::string parser_identity(const AppArmorPlaces& places);

// Compiles for the running kernel's features, and loads nothing. The text goes in on stdin, so what
// is compiled is what was read; files that it includes are read by the parser.
// Errors: unsupported: no parser on this node; invalid_input: the parser's own words on what is
// wrong with the text; io: it was killed, ran too long or gave too much.
[[nodiscard]] base::Result<std::string> compile_apparmor(const ProfileSource& source,
                                                         const AppArmorPlaces& places,
                                                         const ParserLimits& limits = {});

// "the AppArmor profile file '/etc/apparmor.d/x'", or the profile that Bulkhead carries.
[[nodiscard]] std::string describe(const ProfileSource& source);

}  // namespace bulkhead::kernel
