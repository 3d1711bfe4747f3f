// That what a container does is recorded (`bulkhead record`), and under which name.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::policy {

struct RecordRequest {
  std::string name;   // is_record_name()
  bool execs = true;  // also processes that join by `exec`
  bool operator==(const RecordRequest&) const = default;
};

// [a-z0-9][a-z0-9_.-]{0,62}: what may name a record, and so its files.
[[nodiscard]] bool is_record_name(std::string_view name);
inline constexpr std::string_view kRecordNameRemedy =
    "a record's name is 1 to 63 of a-z, 0-9, '_', '.' and '-', and begins with a letter or digit";

}  // namespace bulkhead::policy
