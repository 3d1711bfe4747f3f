// Names of the argument values that decide whether a call is harmless: CLONE_NEWUSER, AF_VSOCK,
// TIOCSTI. Sources: linux/sched.h, linux/socket.h, linux/personality.h, asm-generic/ioctls.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::policy {

// "CLONE_NEWUSER|CLONE_NEWNET" where every bit (or the whole value) has a name for that argument;
// else the number in hexadecimal (flags) or decimal.
[[nodiscard]] std::string argument_text(std::string_view syscall, unsigned argument,
                                        std::uint64_t value);

// "CLONE_NEWUSER|CLONE_NEWNET", "40", "0x10000000". Nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> argument_value(std::string_view text);

// Flags are combined by bits; other values are compared whole.
[[nodiscard]] bool is_flag_argument(std::string_view syscall, unsigned argument);

}  // namespace bulkhead::policy
