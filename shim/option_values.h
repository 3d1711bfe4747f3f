// The values of options, as each family of runtimes reads them, in the one form in which they are
// handed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "shim/runtime_options.h"

namespace bulkhead::shim {

// What relative paths start from.
struct Directories {
  std::string_view caller;  // absolute
  std::string_view bundle;  // absolute; empty for exec
  bool bundle_given = false;
};

// `path`, below `directory` where it is relative. Links and ".." stay as they are.
[[nodiscard]] std::string absolute(std::string_view path, std::string_view directory);

// strconv.ParseBool.
[[nodiscard]] std::optional<bool> go_boolean(std::string_view text);

// Nothing for the bundle's own config.json. Error: the message is what is wrong with the option,
// as the end of a sentence about it.
[[nodiscard]] base::Result<std::string> canonical_value(Meaning meaning, const std::string& value,
                                                        const Scope& scope,
                                                        const Directories& directories);

struct UserAndGroup {
  std::uint32_t uid = 0;
  std::optional<std::uint32_t> gid;
};
// "UID" or "UID:GID" in plain decimals; nothing for anything else. runc cuts a number to its low
// 32 bits, so 4294967296 would be root.
[[nodiscard]] std::optional<UserAndGroup> parse_user(std::string_view text);

}  // namespace bulkhead::shim
