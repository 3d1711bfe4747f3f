// process.json: reading never fails in another way than by an error with a place, and what the
// policy sets is what is read afterwards.
#include <cstddef>
#include <cstdint>
#include <string>

#include "oci-config/runtime_spec.h"
#include "oci-config/spec_edit.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::oci_config;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document =
      JsonDocument::parse(std::string(reinterpret_cast<const char*>(data), size), {});
  if (!document) return 0;
  const auto process = read_process_spec(*document);
  if (!process) {
    require(process.error().message.find("line ") != std::string::npos, "an error has a line");
    return 0;
  }
  const auto text = apply(
      *document, {{SetMember{"/noNewPrivileges", "true"}, SetMember{"/apparmorProfile", "\"p\""},
                   SetMember{"/capabilities/bounding", "[\"CAP_KILL\"]"}}});
  require(text.has_value(), "a process that was read can be edited");
  const auto edited = JsonDocument::parse(*text, {});
  require(edited.has_value(), "an edited process is a document");
  const auto confined = read_process_spec(*edited);
  require(confined && confined->no_new_privileges, "no_new_privileges is set");
  require(confined->apparmor_profile == "p", "the AppArmor profile is set");
  require(capability_names(confined->capabilities->bounding).size() == 1, "one capability is left");
  require(confined->args == process->args && confined->uid == process->uid, "the rest is kept");
  return 0;
}
