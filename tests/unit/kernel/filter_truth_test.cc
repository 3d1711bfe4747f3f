// tests/tables/filters.truth, and the self-check on programs that libseccomp compiles.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "kernel/filters/seccomp_compiler.h"
#include "oci-config/native_arch.h"
#include "policy/analysis/filter_decision.h"
#include "policy/syscalls/syscalls.h"

using namespace bulkhead;
using namespace bulkhead::policy;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

namespace {

struct Row {
  SyscallEvent event;
  std::string answer;
  std::string line;
};

struct Table {
  SeccompProfile profile;
  std::vector<Row> rows;
};

SeccompArch arch_named(const std::string& name) {
  if (name == "x86") return SeccompArch::x86;
  if (name == "x32") return SeccompArch::x32;
  if (name == "aarch64") return SeccompArch::aarch64;
  if (name == "arm") return SeccompArch::arm;
  if (name == "riscv64") return SeccompArch::riscv64;
  REQUIRE(name == "x86_64");
  return SeccompArch::x86_64;
}

Row read_row(const std::string& line) {
  const std::size_t equals = line.find('=');
  REQUIRE(equals != line.npos);
  std::istringstream words(line.substr(0, equals));
  std::string arch_name;
  std::string call;
  words >> arch_name >> call;
  const SeccompArch arch = arch_named(arch_name);
  const auto number = syscall_number(arch, call);
  Row row{.line = line};
  row.event.arch = audit_arch(arch);
  row.event.nr = number ? *number : static_cast<std::uint32_t>(std::stoul(call));
  std::string arg;
  for (std::size_t i = 0; words >> arg; ++i) row.event.args.at(i) = std::stoull(arg, nullptr, 0);
  row.answer = line.substr(line.find_first_not_of(' ', equals + 1));
  return row;
}

std::vector<Table> read_tables(const char* path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::vector<Table> tables;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("profile ")) {
      auto profile = oci_config::parse_seccomp_profile(line.substr(8), path);
      if (!profile) FAIL(profile.error().message);
      tables.push_back({*profile, {}});
    } else {
      tables.back().rows.push_back(read_row(line));
    }
  }
  return tables;
}

}  // namespace

TEST_CASE("compiled programs answer as tests/tables/filters.truth says, in both shapes") {
  for (const Table& table : read_tables("tests/tables/filters.truth")) {
    for (const auto shape : {kernel::FilterShape::linear, kernel::FilterShape::binary_tree}) {
      const auto program = kernel::compile_seccomp(table.profile, shape);
      REQUIRE(program);
      const auto found = disagreements(*program, table.profile, oci_config::kNativeArch);
      REQUIRE(found);
      CHECK(found->empty());
      for (const Row& row : table.rows) {
        INFO(row.line);
        CHECK(text_of(evaluate(*program, row.event)) == row.answer);
      }
    }
  }
}

TEST_CASE("both shapes of one profile are equal, and adding an allowed call is never stricter") {
  for (const Table& table : read_tables("tests/tables/filters.truth")) {
    const auto linear = kernel::compile_seccomp(table.profile, kernel::FilterShape::linear);
    const auto tree = kernel::compile_seccomp(table.profile, kernel::FilterShape::binary_tree);
    REQUIRE(linear);
    REQUIRE(tree);
    const auto same = compare({*linear}, {*tree});
    REQUIRE(same);
    CHECK(same->relation == Relation::equal);

    SeccompProfile more = table.profile;
    oci_config::SyscallRule rule;
    rule.names = {"getpid", "clone", "socket"};
    rule.action.action = oci_config::SeccompAction::allow;
    more.syscalls.push_back(rule);
    const auto wider = kernel::compile_seccomp(more);
    REQUIRE(wider);
    const auto comparison = compare({*wider}, {*linear});
    REQUIRE(comparison);
    CHECK(
        (comparison->relation == Relation::b_stricter || comparison->relation == Relation::equal));
    const auto excesses = excess(more, table.profile, oci_config::kNativeArch);
    REQUIRE(excesses);
    CHECK(excesses->empty() == (comparison->relation == Relation::equal));
  }
}
