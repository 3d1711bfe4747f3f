#include "policy/filter/filter_machine.h"

#include <array>

namespace bulkhead::policy {

namespace {

struct Opcode {
  std::uint16_t code;
  Operation operation;
};

constexpr Operation plain(OperationKind kind) { return {.kind = kind}; }
constexpr Operation length(OperationKind kind) { return {.kind = kind, .is_length = true}; }
constexpr Operation alu(AluOperation operation, bool x) {
  return {.kind = OperationKind::alu, .alu = operation, .operand_is_x = x};
}
constexpr Operation jump_if(JumpTest test, bool x) {
  return {.kind = OperationKind::jump_if, .test = test, .operand_is_x = x};
}

// Sorted by code, as the test of this table checks. BPF_MOD is missing because seccomp lacks it.
constexpr Opcode kOpcodes[] = {
    {0x00, plain(OperationKind::load_constant)},    // BPF_LD|BPF_IMM
    {0x01, plain(OperationKind::load_x_constant)},  // BPF_LDX|BPF_IMM
    {0x02, plain(OperationKind::store)},            // BPF_ST
    {0x03, plain(OperationKind::store_x)},          // BPF_STX
    {0x04, alu(AluOperation::add, false)},
    {0x05, plain(OperationKind::jump)},             // BPF_JMP|BPF_JA
    {0x06, plain(OperationKind::return_constant)},  // BPF_RET|BPF_K
    {0x07, plain(OperationKind::copy_a_to_x)},      // BPF_MISC|BPF_TAX
    {0x0c, alu(AluOperation::add, true)},
    {0x14, alu(AluOperation::sub, false)},
    {0x15, jump_if(JumpTest::equal, false)},
    {0x16, plain(OperationKind::return_a)},  // BPF_RET|BPF_A
    {0x1c, alu(AluOperation::sub, true)},
    {0x1d, jump_if(JumpTest::equal, true)},
    {0x20, plain(OperationKind::load_word)},  // BPF_LD|BPF_W|BPF_ABS
    {0x24, alu(AluOperation::mul, false)},
    {0x25, jump_if(JumpTest::greater, false)},
    {0x2c, alu(AluOperation::mul, true)},
    {0x2d, jump_if(JumpTest::greater, true)},
    {0x34, alu(AluOperation::div, false)},
    {0x35, jump_if(JumpTest::at_least, false)},
    {0x3c, alu(AluOperation::div, true)},
    {0x3d, jump_if(JumpTest::at_least, true)},
    {0x44, alu(AluOperation::or_, false)},
    {0x45, jump_if(JumpTest::any_bit, false)},
    {0x4c, alu(AluOperation::or_, true)},
    {0x4d, jump_if(JumpTest::any_bit, true)},
    {0x54, alu(AluOperation::and_, false)},
    {0x5c, alu(AluOperation::and_, true)},
    {0x60, plain(OperationKind::load_memory)},    // BPF_LD|BPF_MEM
    {0x61, plain(OperationKind::load_x_memory)},  // BPF_LDX|BPF_MEM
    {0x64, alu(AluOperation::lsh, false)},
    {0x6c, alu(AluOperation::lsh, true)},
    {0x74, alu(AluOperation::rsh, false)},
    {0x7c, alu(AluOperation::rsh, true)},
    {0x80, length(OperationKind::load_constant)},    // BPF_LD|BPF_W|BPF_LEN
    {0x81, length(OperationKind::load_x_constant)},  // BPF_LDX|BPF_W|BPF_LEN
    {0x84, alu(AluOperation::neg, false)},
    {0x87, plain(OperationKind::copy_x_to_a)},  // BPF_MISC|BPF_TXA
    {0xa4, alu(AluOperation::xor_, false)},
    {0xac, alu(AluOperation::xor_, true)},
};

constexpr std::uint8_t kNotAdmitted = 0xff;

constexpr std::array<std::uint8_t, 256> index_by_code() {
  std::array<std::uint8_t, 256> index{};
  index.fill(kNotAdmitted);
  for (std::size_t i = 0; i < std::size(kOpcodes); ++i) {
    index[kOpcodes[i].code] = static_cast<std::uint8_t>(i);
  }
  return index;
}

constexpr auto kIndexByCode = index_by_code();

}  // namespace

const Operation* operation_of(std::uint16_t code) {
  if (code >= kIndexByCode.size() || kIndexByCode[code] == kNotAdmitted) return nullptr;
  return &kOpcodes[kIndexByCode[code]].operation;
}

}  // namespace bulkhead::policy
