// The little of TOML that engines' configuration needs to be asked: tables and keys with a string
// or a list of strings. A key whose value is anything else has no values. Not a validator: the
// engine itself reads the file and says what is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::cli {

struct ConfigLine {
  std::string table;  // as written: plugins."io.containerd.grpc.v1.cri".containerd
  std::string key;
  std::vector<std::string> values;
};

[[nodiscard]] std::vector<ConfigLine> read_config_lines(std::string_view text);

// The last value that the lines give to the key in a table that ends in `table_end`; a list gives
// its first element. Empty when there is none.
[[nodiscard]] std::string last_value(const std::vector<ConfigLine>& lines,
                                     std::string_view table_end, std::string_view key);

}  // namespace bulkhead::cli
