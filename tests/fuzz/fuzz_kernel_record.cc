// Audit records: whatever the bytes are, parsing neither crashes nor hangs; what is taken for a
// denial has a process and a place in the log, and its line can be read back.
//
// Input: the record's type in two bytes, then its text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/denials/denial.h"
#include "audit/denials/denial_remedy.h"
#include "audit/denials/kernel_record.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::audit;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto type = static_cast<std::uint16_t>(data[0] | data[1] << 8);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  (void)stamp_of(text);
  const auto record = parse_kernel_record(type, text);
  const bool ours = type == kSeccompRecord || type == kAppArmorRecord || type == kSyscallRecord ||
                    type == kEndOfEventRecord;
  require(ours || (record && std::holds_alternative<std::monostate>(*record)),
          "a record of another type is nothing");
  if (!record) return 0;
  const auto* denial = std::get_if<KernelDenial>(&*record);
  if (denial == nullptr) return 0;
  require(denial->pid > 0, "a denial has a process");
  Denial told = denial_of(*denial);
  const auto remedy = remedy_of(told, std::get_if<AppArmorRecord>(&denial->facts));
  require(remedy.fragment.find('\n') == std::string::npos, "a remedy is one line");
  told.remedy = remedy.fragment;
  const std::string line = to_json(told);
  require(line.find('\n') == std::string::npos, "a denial is one line");
  const auto back = parse_denial(line);
  require(back.has_value(), "a line of the log can be read");
  require(to_json(*back) == to_json(*parse_denial(to_json(*back))), "reading is stable");
  return 0;
}
