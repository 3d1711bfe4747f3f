// What `ausearch -i` writes of a record, back in the kernel's own spelling: names become numbers
// again, texts of tasks the hexadecimal that no blank can end. Pure.
//
// Some things it does not tell, or tells wrongly (audit 3.0.9): one word for both ways to be
// killed, no family of AppArmor's sockets, mmap's flags for those of a mount, and calls of an
// architecture that it does not know by the names of the machine that it runs on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::audit {

enum class Lost : std::uint8_t { nothing, process_or_thread, socket_family, mount_options };

struct Interpreted {
  std::string body;  // as the kernel writes it
  Lost lost = Lost::nothing;
  std::string call_without_number;  // "clone", of an architecture without a table here; else empty
};

// Of the text behind the stamp.
[[nodiscard]] Interpreted interpreted(std::string_view body);

}  // namespace bulkhead::audit
