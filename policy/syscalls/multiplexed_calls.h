// The calls that x86 also reaches through socketcall(2) and ipc(2), whose first argument says which
// one is meant (linux/net.h SYS_*, linux/ipc.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::policy {

struct MultiplexedCall {
  std::string_view name;
  std::string_view through;  // "socketcall" or "ipc"
  std::uint32_t call;        // the first argument
};

[[nodiscard]] std::optional<MultiplexedCall> multiplexed_call(std::string_view name);

}  // namespace bulkhead::policy
