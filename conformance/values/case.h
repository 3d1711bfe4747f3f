// A case of conformance as a value, read from one file of data. docs/conformance.md tells the
// format; this is the list of what a file may hold.
//
//   {
//     "about": "A rule that answers with an error gives EPERM where it names none",
//     "source": {"spec": "config-linux.md, Seccomp", "level": "MUST", "sentence": "…"},
//     "config": {"linux": {"seccomp": {…}}},
//     "inside": [{"call": "getppid", "gives": {"errno": "EPERM"}}],
//     "outside": {"filters": {"count": 1, "meaning": "equal"}}
//   }
//
// A case's name is its place: cases/seccomp/errno-ret.zero.json is `seccomp.errno-ret.zero`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::conformance {

// How binding the sentence is that a case holds a runtime against.
enum class Level : std::uint8_t {
  must,         // of the spec, with MUST, MUST NOT, REQUIRED or SHALL
  should,       // of the spec, with SHOULD or RECOMMENDED
  expectation,  // of people, as an issue or a manual has it
};
[[nodiscard]] std::string_view name_of(Level level);  // "MUST", "SHOULD", "expected"

struct Source {
  Level level = Level::must;
  std::string place;     // "config-linux.md, Seccomp"; of an expectation the issue or page
  std::string sentence;  // in the words of the place
};

enum class StepKind : std::uint8_t {
  create,  // the runtime's commands
  start,
  state,
  kill,
  remove,   // `delete`
  exec,     // by a process.json; detached
  observe,  // what the container's first process reported, and what the kernel says of it
  end,      // lets it end by itself, and waits for that
};
[[nodiscard]] std::string_view name_of(StepKind kind);  // "create", …, "delete"
[[nodiscard]] std::optional<StepKind> step_kind_named(std::string_view name);

struct Step {
  StepKind kind = StepKind::create;
  std::vector<std::string> words;  // options of the runtime's command; the signal, for kill
  bool fails = false;              // the command must end with another exit code than 0
  std::string id;                  // another container's than the case's own
  std::vector<int> descriptors;    // open when create or exec begins, beyond the standard ones
  std::optional<oci_config::JsonValue> gives;    // what is expected of exit, output and state
  std::optional<oci_config::JsonValue> config;   // create: a merge patch of config.json before it
  std::optional<oci_config::JsonValue> process;  // exec: a merge patch of the container's process
  // exec: what its probe does; observe: what must come of it this time, instead of the case's
  std::optional<oci_config::JsonValue> inside;
  std::optional<oci_config::JsonValue> outside;  // observe, exec: what the kernel must say
};

// What a listener says to each call that is handed to it.
struct ListenerAnswer {
  std::uint32_t value = 0;
  std::uint16_t error = 0;  // 0: the call gives the value
};

struct CaseListener {
  ListenerAnswer answer;
  std::optional<oci_config::JsonValue> gives;  // what is expected of all that it received
};

struct FileToMake {
  std::string path;  // within the root file system
  std::string text;
  std::string link;  // where it is a link: to what
  bool directory = false;
  std::uint32_t mode = 0644;
};

struct RawText {  // put behind the opening bracket of an object, for what no edit can write
  std::string pointer;
  std::string text;
};

struct PointedEdit {
  std::string pointer;                         // RFC 6901; a last "-" appends
  std::optional<oci_config::JsonValue> value;  // none: removes
};

struct Case {
  std::string name;
  std::string about;
  Source source;
  std::vector<std::string> needs;  // rows of running/needs.cc
  std::vector<std::string> with;   // parts that other cases use, too: merge patches of config.json
  std::optional<oci_config::JsonValue> config;  // a merge patch of the base's config.json
  std::vector<PointedEdit> edits;               // after it
  std::vector<RawText> raw;                     // after those
  std::vector<FileToMake> files;
  std::optional<oci_config::JsonValue> inside;   // what the first process does, and must see
  std::optional<oci_config::JsonValue> outside;  // what the kernel must say of it
  std::optional<oci_config::JsonValue> hooks;    // the list of what hooks reported, at the end
  std::optional<CaseListener> listener;          // there is one, at ${BUNDLE}/listener
  bool starts = true;                            // false: create or start must fail
  std::vector<Step> steps;                       // the usual ones where the file has none
  std::shared_ptr<const oci_config::JsonDocument> document;  // that the values above point into
};

// Error invalid_input: all that is wrong with the file, each with its place. A member that is not
// known is wrong.
[[nodiscard]] base::Result<Case> read_case(std::string text, const std::string& name);

inline constexpr std::size_t kMaxCaseBytes = 256 << 10;

}  // namespace bulkhead::conformance
