#include "cli/record/profile_command.h"

#include <algorithm>

#include "base/text.h"
#include "cli/frame/result_file.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/node_apparmor.h"
#include "cli/profiles/recorded_profile.h"
#include "cli/screen/layout.h"
#include "record/keeping/collect.h"
#include "record/keeping/store.h"
#include "record/profiles/apparmor_profile.h"
#include "record/profiles/profile_document.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::Result;

record::ProfileFormat format_named(std::string_view name) {
  const auto* const format = std::ranges::find(
      record::kProfileFormats, name, [](record::ProfileFormat known) { return name_of(known); });
  return format == record::kProfileFormats.end() ? record::ProfileFormat::oci : *format;
}

ExitCode tell_incomplete(const record::Record& record, const std::string& losses, Output& errors) {
  errors.write(paragraph(
      cat("The record '", record.name, "' is incomplete: ", losses,
          ". A profile made of it may deny what the program does, so none is written: let the "
          "containers start again under the record, or take what there is with --incomplete.")));
  return ExitCode::incomplete;
}

std::string joined(const std::string& one, const std::string& other) {
  return one.empty() || other.empty() ? one + other : cat(one, "; ", other);
}

}  // namespace

std::string RecordProfileCommand::losses_of(const record::Record& record) const {
  const std::string losses = text_of(all_losses(record));
  return apparmor_ && !all_accesses(record).empty() ? joined(losses, apparmor_loss(record))
                                                    : losses;
}

CommandHelp RecordProfileCommand::help() const {
  return {
      .name = "record profile",
      .summary = "make a seccomp or an AppArmor profile of a record",
      .description =
          "Allows the calls that the record NAME has, each under the conditions that the fallback "
          "has for it, so that the profile is nowhere looser; --base none leaves the fallback out. "
          "What runtimes and C libraries need to start is added from a table that was measured. "
          "--arguments makes conditions of the values that were seen: families of sockets, flags "
          "of clone and clone3, options of prctl, requests of ioctl. Format oci is for the "
          "containers of the "
          "record, with their capabilities and those of --cap; docker keeps the fallback's "
          "conditions on capabilities; spo is an object of the Security Profiles Operator. On "
          "standard error it says how the profile compares with the fallback, exactly. --apparmor "
          "makes an AppArmor profile instead, called as the file that it is written to.",
      .exit_codes =
          "8 when the record has losses and --incomplete is not given: nothing is "
          "written.",
      .examples = {"bulkhead record profile web -o web.json",
                   "bulkhead record profile web --arguments --format docker",
                   "bulkhead record profile web --format spo | kubectl apply -f -",
                   "bulkhead record profile web --apparmor -o k8s-web"},
  };
}

std::vector<Option> RecordProfileCommand::options() {
  return {
      {"NAME", "", "the record", &name_, true},
      {.name = "--output",
       .placeholder = "FILE",
       .help = "write there instead of to standard output",
       .target = &file_,
       .short_name = "-o"},
      {"--apparmor", "", "make an AppArmor profile", &apparmor_},
      {"--format", "FORMAT", "form of the profile", &format_, false, {"oci", "docker", "spo"}},
      {"--base", "BASE", "what it must not exceed", &base_, false, {"runtime-default", "none"}},
      {"--cap", "CAP", "a capability of the containers; ALL for all", &capabilities_},
      {"--arguments", "", "allow only the values of arguments that were seen", &arguments_},
      {"--without-exec", "", "without what joined with exec", &without_exec_},
      {"--incomplete", "", "take a record with losses as it is", &incomplete_},
  };
}

Result<record::ProfileRequest> RecordProfileCommand::request(const record::Record& record,
                                                             const std::string& root) const {
  const auto capabilities = capabilities_named(capabilities_);
  if (!capabilities) return std::unexpected(capabilities.error());
  auto request = request_for(record, *capabilities, root);
  if (!request) return request;
  if (base_ == "none") request->base = record::BaseProfile::none;
  if (without_exec_) request->joins = record::Joins::left_out;
  request->arguments = arguments_;
  return request;
}

Result<std::string> RecordProfileCommand::seccomp_document(const record::Record& record,
                                                           Environment& environment) const {
  const auto asked = request(record, environment.root);
  if (!asked) return std::unexpected(asked.error());
  return told_profile(record, *asked, format_named(format_), environment.errors);
}

Result<std::string> RecordProfileCommand::apparmor_document(const record::Record& record,
                                                            Environment& environment) const {
  if (arguments_ || without_exec_ || !capabilities_.empty()) {
    return base::fail(base::ErrorCode::usage,
                      "--arguments, --without-exec and --cap say nothing about AppArmor",
                      "leave them out, or --apparmor");
  }
  const auto dialect = apparmor_dialect_of(environment);
  if (!dialect) return std::unexpected(dialect.error());
  const std::string file = file_.substr(file_.rfind('/') + 1);
  auto text = record::apparmor_profile_of(record, file.empty() ? record.name : file, *dialect);
  if (!text) return text;
  environment.errors.line(cat(provenance_of(record), '.'));
  if (const std::string note = record::note_of_silent_denials(record); !note.empty()) {
    environment.errors.write(paragraph(cat("note: ", note)));
  }
  return text;
}

Result<ExitCode> RecordProfileCommand::run(Environment& environment) {
  const auto record = record::read_whole(environment.paths, name_);
  if (!record) return std::unexpected(record.error());
  const std::string losses = losses_of(*record);
  if (!losses.empty() && !incomplete_) {
    return tell_incomplete(*record, losses, environment.errors);
  }
  const auto document =
      apparmor_ ? apparmor_document(*record, environment) : seccomp_document(*record, environment);
  if (!document) return std::unexpected(document.error());
  const auto written = write_result(file_, *document, environment);
  if (!written) return std::unexpected(written.error());
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
