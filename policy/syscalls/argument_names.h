// Names of the argument values that decide whether a call is harmless: CLONE_NEWUSER, SOCK_RAW,
// TIOCSTI. The one place for them: whatever is shown or typed goes through here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::policy {

// "CLONE_NEWUSER|SIGCHLD", "AF_VSOCK"; bits without a name in hexadecimal behind the others, a
// value without any in decimal or, from 4096, in hexadecimal.
[[nodiscard]] std::string argument_text(std::string_view syscall, unsigned argument,
                                        std::uint64_t value);

// The bits of a mask: "CLONE_NEWUSER|CLONE_NEWPID", "0xff".
[[nodiscard]] std::string argument_mask_text(std::string_view syscall, unsigned argument,
                                             std::uint64_t mask);

// "CLONE_NEWUSER|SIGCHLD", "40", "0x10000000". Nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> argument_value(std::string_view text);

// Which argument of the call has such a value, if it is another one than `argument`: SOCK_RAW is of
// socket's argument 1, not of 0.
[[nodiscard]] std::optional<unsigned> other_argument_of(std::string_view syscall, unsigned argument,
                                                        std::string_view text);

// Calls whose flags lie in memory, where no filter sees them: clone3.
[[nodiscard]] bool has_flags_in_memory(std::string_view syscall);

}  // namespace bulkhead::policy
