#include "policy/checks/rule_conditions.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace bulkhead::policy {
namespace {

using Op = oci_config::SeccompOperator;
using Conditions = std::vector<oci_config::ArgCondition>;

TEST_CASE("conditions that no call meets are told in words") {
  CHECK(contradiction({{0, Op::lt, 0}}) == "argument 0 < 0x0 never holds");
  CHECK(contradiction({{0, Op::gt, UINT64_MAX}}) == "argument 0 > 0xffffffffffffffff never holds");
  CHECK(contradiction({{0, Op::eq, 1}, {1, Op::lt, 0}}) == "argument 1 < 0x0 never holds");
  CHECK(contradiction({{0, Op::lt, 0}, {0, Op::gt, UINT64_MAX}}) == "argument 0 < 0x0 never holds");
}

TEST_CASE("several conditions on one argument are alternatives, as runtimes read them") {
  for (const Conditions& conditions :
       {Conditions{{0, Op::eq, 1}, {0, Op::eq, 2}}, Conditions{{1, Op::eq, 1}, {1, Op::ne, 1}},
        Conditions{{0, Op::lt, 0}, {0, Op::eq, 1}}}) {
    CHECK(contradiction(conditions).empty());
    CHECK(oci_config::repeated_index(conditions) == conditions[0].index);
  }
}

TEST_CASE("conditions that some call meets are no contradiction") {
  for (const Conditions& conditions :
       {Conditions{}, Conditions{{0, Op::eq, 1}, {1, Op::eq, 2}}, Conditions{{0, Op::lt, 1}},
        Conditions{{0, Op::gt, UINT64_MAX - 1}}, Conditions{{0, Op::masked_eq, 0, 0}},
        Conditions{{0, Op::masked_eq, 0xf0, 0x01}}}) {
    CHECK(contradiction(conditions).empty());
    CHECK_FALSE(oci_config::repeated_index(conditions).has_value());
  }
}

}  // namespace
}  // namespace bulkhead::policy
