// The fallback beside the defaults of the field, in their newest forms (`make references`).
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "base/text.h"
#include "policy/fallback/runtime_default.h"
#include "policy/syscalls/syscalls.h"
#include "tests/unit/policy/every_container.h"

namespace bulkhead::policy {
namespace {

using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using test::has;
using Names = std::set<std::string>;

// ---- the rows of docs/runtime-default.md --------------------------------------------------------

struct Row {
  std::string call;
  Names denied_by;
  std::string allowed;  // "with `CAP_SYS_ADMIN`"
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream text(line);
  std::string cell;
  std::getline(text, cell, '|');
  while (std::getline(text, cell, '|')) {
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    cells.push_back(cell);
  }
  return cells;
}

// The words between backticks.
Names quoted_in(const std::string& cell) {
  Names names;
  std::istringstream text(cell);
  std::string word;
  while (std::getline(text, word, '`') && std::getline(text, word, '`')) names.insert(word);
  return names;
}

// Those of the table that begins with "| call | denied by |", a call each.
std::vector<Row> rows() {
  std::istringstream page(test::file_text("docs/runtime-default.md"));
  std::vector<Row> found;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    const auto cells = cells_of(line);
    if (line.starts_with("| call | denied by |")) inside = true;
    if (cells.empty()) inside = false;
    if (!inside || !cells[0].starts_with('`')) continue;
    REQUIRE(cells.size() == 4);
    INFO(line);
    CHECK_FALSE(cells[3].empty());
    for (const std::string& call : quoted_in(cells[0])) {
      found.push_back({call, quoted_in(cells[1]), cells[2]});
    }
  }
  return found;
}

// What the third cell may say, and for which containers it is so.
const std::map<std::string, std::function<bool(const ExpandFor&)>> kAllowed = {
    {"with `CAP_SYS_ADMIN`", [](const ExpandFor& it) { return has(it, "CAP_SYS_ADMIN"); }},
    {"for `AF_VSOCK`, with `CAP_SYS_ADMIN`",
     [](const ExpandFor& it) { return has(it, "CAP_SYS_ADMIN"); }},
    {"without `CAP_SYS_NICE`, too", [](const ExpandFor& it) { return !has(it, "CAP_SYS_NICE"); }},
    {"without flags of namespaces", [](const ExpandFor& it) { return !has(it, "CAP_SYS_ADMIN"); }},
};

Names expected_beyond(const std::vector<Row>& rows, const std::string& reference,
                      const ExpandFor& container) {
  Names names;
  for (const Row& row : rows) {
    INFO(row.call << ": " << row.allowed);
    REQUIRE(kAllowed.contains(row.allowed));
    if (row.denied_by.contains(reference) && kAllowed.at(row.allowed)(container)) {
      names.insert(row.call);
    }
  }
  return names;
}

// ---- the references -----------------------------------------------------------------------------

Names reference_names() {
  Names names;
  for (const auto& entry : std::filesystem::directory_iterator("tests/data/references")) {
    names.insert(entry.path().stem().string());
  }
  return names;
}

Names found_beyond(const SeccompProfile& reference, const ExpandFor& container) {
  Names names;
  for (const Witness& witness : test::allowed_beyond(
           runtime_default_for(container), expand(reference, container), container.native)) {
    names.insert(witness.syscall_name);
  }
  return names;
}

TEST_CASE("the defaults of containers-common, Docker and containerd are there to compare with") {
  CHECK(reference_names() == Names{"containerd", "containerd-upstream", "containers-common",
                                   "containers-common-bookworm", "moby", "moby-upstream"});
}

TEST_CASE(
    "what the fallback allows and a default of the field denies has its row in the document, and "
    "every row is true") {
  const auto documented = rows();
  CHECK(documented.size() >= 5);
  for (const std::string& name : reference_names()) {
    const SeccompProfile reference = test::reference(name);
    for (const ExpandFor& container : test::every_container()) {
      INFO(name << ", for a container with " << test::described(container));
      CHECK(found_beyond(reference, container) == expected_beyond(documented, name, container));
    }
  }
}

TEST_CASE("a row names references that there are, and says how far it goes") {
  const Names known = reference_names();
  for (const Row& row : rows()) {
    INFO(row.call);
    CHECK_FALSE(row.denied_by.empty());
    CHECK(std::ranges::includes(known, row.denied_by));
    CHECK(is_syscall_name(row.call));
  }
}

// A profile that allows everything but sockets of this family.
SeccompProfile all_but_family(std::uint64_t family) {
  constexpr std::uint64_t kInt = 0xffffffff;  // the kernel takes the low half
  return {.dialect = oci_config::ProfileDialect::oci,
          .default_action = {.action = oci_config::SeccompAction::allow},
          .syscalls = {{.names = {"socket"},
                        .action = {.action = oci_config::SeccompAction::return_errno},
                        .args = {{.index = 0,
                                  .op = oci_config::SeccompOperator::masked_eq,
                                  .value = kInt,
                                  .value_two = family}}}}};
}

// Whether socket(2) does; what goes through socketcall is out of a filter's sight.
bool opens(std::uint64_t family, const ExpandFor& container) {
  const SeccompProfile fallback = runtime_default_for(container);
  SeccompProfile others = all_but_family(family);
  others.architectures = fallback.architectures;
  return std::ranges::any_of(
      test::allowed_beyond(fallback, others, container.native),
      [](const Witness& witness) { return witness.syscall_name == "socket"; });
}

TEST_CASE("no container opens a socket of AF_ALG, and none AF_VSOCK without CAP_SYS_ADMIN") {
  for (const ExpandFor& container : test::every_container()) {
    INFO(test::described(container));
    CHECK_FALSE(opens(38, container));
    CHECK(opens(40, container) == has(container, "CAP_SYS_ADMIN"));
  }
}

}  // namespace
}  // namespace bulkhead::policy
