#include "policy/values/record_request.h"

#include <algorithm>

namespace bulkhead::policy {

namespace {

bool begins_a_name(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool is_of_a_name(char byte) {
  return begins_a_name(byte) || byte == '_' || byte == '.' || byte == '-';
}

}  // namespace

bool is_record_name(std::string_view name) {
  constexpr std::size_t kLongest = 63;
  return !name.empty() && name.size() <= kLongest && begins_a_name(name.front()) &&
         std::ranges::all_of(name, is_of_a_name);
}

}  // namespace bulkhead::policy
