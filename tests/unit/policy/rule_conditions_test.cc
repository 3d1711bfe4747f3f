#include "policy/checks/rule_conditions.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

using Op = oci_config::SeccompOperator;
using Conditions = std::vector<oci_config::ArgCondition>;

TEST_CASE("conditions that no argument meets are told in words") {
  CHECK(contradiction({{0, Op::eq, 1}, {0, Op::eq, 2}}) ==
        "argument 0 cannot be == 0x1 and == 0x2");
  CHECK(contradiction({{1, Op::eq, 1}, {1, Op::ne, 1}}) ==
        "argument 1 cannot be == 0x1 and != 0x1");
  CHECK(contradiction({{0, Op::ge, 9}, {0, Op::lt, 9}}) == "argument 0 cannot be >= 0x9 and < 0x9");
  CHECK(contradiction({{0, Op::lt, 0}}) == "argument 0 < 0x0 never holds");
  CHECK(contradiction({{0, Op::gt, UINT64_MAX}}) == "argument 0 > 0xffffffffffffffff never holds");
  CHECK(contradiction({{0, Op::masked_eq, 0xf0, 0x01}}) == "argument 0 & 0xf0 == 0x1 never holds");
  CHECK(contradiction({{0, Op::masked_eq, 3, 1}, {0, Op::masked_eq, 1, 0}}) ==
        "argument 0 cannot be & 0x3 == 0x1 and & 0x1 == 0x0");
  CHECK(contradiction({{0, Op::masked_eq, 1, 1}, {0, Op::eq, 2}}) ==
        "argument 0 cannot be & 0x1 == 0x1 and == 0x2");
}

TEST_CASE("conditions that some argument meets are no contradiction") {
  for (const Conditions& conditions :
       {Conditions{}, Conditions{{0, Op::eq, 1}, {1, Op::eq, 2}},
        Conditions{{0, Op::ge, 9}, {0, Op::le, 9}}, Conditions{{0, Op::ne, 1}, {0, Op::ne, 2}},
        Conditions{{0, Op::lt, 1}}, Conditions{{0, Op::gt, UINT64_MAX - 1}},
        Conditions{{0, Op::masked_eq, 1, 1}, {0, Op::masked_eq, 2, 0}},
        Conditions{{0, Op::masked_eq, 0, 0}}}) {
    CHECK(contradiction(conditions).empty());
  }
}

}  // namespace
}  // namespace bulkhead::policy
