// The smallest change to a profile that allows what was denied.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/denials/denial.h"
#include "cli/screen/output.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::cli {

struct Suggestion {
  std::string container;  // for people
  policy::Identity identity;
  std::string seccomp;                     // where its filter comes from
  std::vector<std::string> syscalls;       // to allow
  std::vector<std::string> architectures;  // to list: "x86"
  std::vector<std::string> apparmor;       // lines to add to the AppArmor profile
  std::map<std::string, std::vector<std::string>> apparmor_of;  // the same, by its name
  std::map<std::string, std::string> cautions;  // what was left out (or marked), and why
  std::string diff;     // of the seccomp profile; empty where the profile in force is not known
  std::string problem;  // why there is no diff
};

class Suggestions {
 public:
  // `dangerous`: what carries a caution is suggested too, marked; else it is left out and named.
  explicit Suggestions(bool dangerous) : dangerous_(dangerous) {}
  void add(const audit::Denial& denial);
  [[nodiscard]] std::map<std::string, Suggestion>& by_container() { return by_container_; }

 private:
  bool dangerous_;
  std::map<std::string, Suggestion> by_container_;  // by id, or ROOT/ID
};

// The profile with these calls allowed for all arguments: taken out of the rules that deny them,
// and added to the first rule that allows without conditions, or to a new one.
[[nodiscard]] oci_config::SeccompProfile allowing(oci_config::SeccompProfile profile,
                                                  const std::vector<std::string>& syscalls);

void write_suggestions(const std::map<std::string, Suggestion>& suggestions, Output& output);
[[nodiscard]] std::string suggestions_json(const std::map<std::string, Suggestion>& suggestions);

}  // namespace bulkhead::cli
