#include "cli/profiles/recorded_profile.h"

#include "base/text.h"
#include "kernel/probes/probe.h"
#include "record/profiles/against_fallback.h"

namespace bulkhead::cli {

using base::cat;
using base::Result;

namespace {

Result<oci_config::KernelVersion> kernel_of(const record::Record& record, const std::string& root) {
  for (auto entry = record.containers.rbegin(); entry != record.containers.rend(); ++entry) {
    if (const auto known = kernel::parse_kernel_release(entry->second.kernel)) return *known;
  }
  const auto probed = kernel::probe_kernel({.sys = root + "/sys"});
  if (!probed) return std::unexpected(probed.error());
  return probed->kernel;
}

}  // namespace

Result<record::ProfileRequest> request_for(const record::Record& record,
                                           oci_config::CapabilityMask capabilities,
                                           const std::string& root) {
  const auto kernel = kernel_of(record, root);
  if (!kernel) return std::unexpected(kernel.error());
  return record::ProfileRequest{
      .capabilities = capabilities, .native = native_of(record), .kernel = *kernel};
}

Result<std::string> told_profile(const record::Record& record,
                                 const record::ProfileRequest& request,
                                 record::ProfileFormat format, Output& errors) {
  const auto made = make_profile(record, request);
  if (!made) return std::unexpected(made.error());
  const auto against =
      record::compare_with_fallback(made->expanded, fallback_for(record, request), request.native);
  if (!against) return std::unexpected(against.error());
  errors.line(cat(provenance_of(record), '.'));
  for (const std::string& note : made->notes) errors.line(cat("note: ", note));
  errors.line(against->taken_away);
  errors.line(against->allows_more);
  return to_document(record, *made, format);
}

}  // namespace bulkhead::cli
