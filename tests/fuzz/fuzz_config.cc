// config.json: whatever is read can be found again by its pointer, and whatever can be edited is
// still a document afterwards, holds what was set, and does not change when edited again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "cli/screen/readable_diff.h"
#include "oci-config/runtime_spec.h"
#include "oci-config/spec_edit.h"
#include "tests/fuzz/require.h"

namespace {

using namespace bulkhead::oci_config;
using bulkhead::fuzz::require;

constexpr std::size_t kMostValues = 300;  // pointers cost a walk each

const SpecEdit kEdits[] = {
    {{SetMember{"/linux/seccomp", R"({"defaultAction":"SCMP_ACT_ERRNO"})"},
      SetMember{"/annotations/io.bulkhead", R"("1")"}, SetMember{"/annotations/other", R"("2")"},
      SetMember{"/hooks/createRuntime/-", R"({"path":"/usr/libexec/hook"})"},
      SetMember{"/hooks/poststop/-", R"({"path":"/usr/libexec/hook"})"},
      RemoveMember{"/process/apparmorProfile"}}},
    {{SetMember{"/process/noNewPrivileges", "true"}, RemoveMember{"/linux"},
      SetMember{"/linux/namespaces/-", R"({"type":"pid"})"}, RemoveMember{"/hooks/poststop"}}},
    {{RemoveMember{"/annotations"}, RemoveMember{"/a"}, RemoveMember{"/b"},
      SetMember{"/c", "[1]"}}},
};

std::size_t find_all(const JsonDocument& document, const JsonValue& value, std::size_t seen) {
  require(document.find(value.pointer()) == value, "a value is where its pointer says");
  for (auto child = value.first(); child && seen < kMostValues; child = child->next()) {
    seen = find_all(document, *child, seen + 1);
  }
  return seen;
}

void try_edit(const JsonDocument& document, const SpecEdit& edit) {
  const auto once = apply(document, edit);
  if (!once) return;
  const auto changed = JsonDocument::parse(*once, {});
  require(changed.has_value(), "an edited document is a document");
  require(apply(*changed, edit) == *once, "the same edit again changes nothing");
  require(bulkhead::cli::readable_diff(document.text(), *once, "x").empty() ==
              (document.text() == *once),
          "a difference is shown");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document =
      JsonDocument::parse(std::string(reinterpret_cast<const char*>(data), size), {});
  if (!document) return 0;
  find_all(*document, document->root(), 0);
  require(document->root().equals(document->root()), "a value equals itself");
  (void)read_runtime_spec(*document);
  for (const SpecEdit& edit : kEdits) try_edit(*document, edit);
  return 0;
}
