// What can be told from the text of an AppArmor profile file without compiling it: which profiles
// it defines, and which other files it includes. apparmor.d(5) describes the language.
//
// This is no parser: apparmor_parser(8) alone says whether a text is valid. Names built from
// variables (@{NAME}) are not resolved and come back as they are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::policy {

// "profile k8s-my-app /app flags=(attach_disconnected,mediate_deleted) {"
struct ProfileHeader {
  std::string name;                // as the kernel lists it; of a child or hat "parent//child"
  std::string attachment;          // programs of the host that it confines by path; may be empty
  std::vector<std::string> flags;  // "complain", "attach_disconnected", …
  unsigned line = 0;               // of the header, from 1
  std::size_t body_begin = 0;      // the text between the braces
  std::size_t body_end = 0;
  [[nodiscard]] bool has_flag(std::string_view flag) const;
};

// Every profile, child profile and hat, in the order of the text. What follows a brace that is
// never closed counts as its body.
[[nodiscard]] std::vector<ProfileHeader> profiles_defined_in(std::string_view text);

// "#include <abstractions/base>", "include if exists "/etc/x"", "abi <abi/3.0>,".
struct IncludedFile {
  std::string path;       // a file, or a directory of which every file is included
  bool searched = false;  // <…>: looked up below /etc/apparmor.d
  bool if_exists = false;
  bool is_abi = false;     // a description of a kernel's features, not rules
  bool old_style = false;  // with '#', as before AppArmor 3.0
  unsigned line = 0;
};

// Everything that looks like one, also in what may be a comment ("# include the rest"): to know
// what a profile may depend on, too many are better than too few.
[[nodiscard]] std::vector<IncludedFile> included_files(std::string_view text);

}  // namespace bulkhead::policy
