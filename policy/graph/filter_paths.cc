#include "policy/graph/filter_paths.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "policy/graph/symbolic_value.h"

namespace bulkhead::policy {

namespace {

using base::Result;

constexpr std::size_t kMaxStatesPerInstruction = 128;
constexpr std::size_t kMaxStates = 64UL * 1024;

using Scratch = std::array<SymbolicValue, kScratchWords>;

struct Registers {
  SymbolicValue a = SymbolicValue::constant(0);
  SymbolicValue x = SymbolicValue::constant(0);
  std::uint32_t scratch = 0;  // index into Walk::scratches_
  bool operator==(const Registers&) const = default;
};

// Bits of what is live: the scratch words, then A and X.
using LiveSet = std::uint32_t;
constexpr LiveSet kLiveA = 1U << kScratchWords;
constexpr LiveSet kLiveX = kLiveA << 1;
constexpr LiveSet kAllScratch = kLiveA - 1;

LiveSet live_before(const Operation& operation, const FilterInstruction& instruction,
                    LiveSet after) {
  const LiveSet cell = instruction.k < kScratchWords ? 1U << instruction.k : 0;
  const LiveSet operand = operation.operand_is_x ? kLiveX : 0;
  switch (operation.kind) {
    case OperationKind::load_word:
    case OperationKind::load_constant: return after & ~kLiveA;
    case OperationKind::load_memory: return (after & ~kLiveA) | cell;
    case OperationKind::load_x_constant: return after & ~kLiveX;
    case OperationKind::load_x_memory: return (after & ~kLiveX) | cell;
    case OperationKind::store: return (after & ~cell) | kLiveA;
    case OperationKind::store_x: return (after & ~cell) | kLiveX;
    case OperationKind::copy_a_to_x: return (after & ~kLiveX) | kLiveA;
    case OperationKind::copy_x_to_a: return (after & ~kLiveA) | kLiveX;
    case OperationKind::alu: return after | kLiveA | operand;
    case OperationKind::jump: return after;
    case OperationKind::jump_if: return after | kLiveA | operand;
    case OperationKind::return_constant: return 0;
    case OperationKind::return_a: return kLiveA;
  }
  return after;
}

struct Targets {
  std::size_t yes;
  std::size_t no;
};

Targets targets_of(const Operation& operation, const FilterInstruction& instruction,
                   std::size_t pc) {
  if (operation.kind == OperationKind::jump) {
    return {pc + 1 + instruction.k, pc + 1 + instruction.k};
  }
  if (operation.kind != OperationKind::jump_if) return {pc + 1, pc + 1};
  return {pc + 1 + instruction.jt, pc + 1 + instruction.jf};
}

bool returns(OperationKind kind) {
  return kind == OperationKind::return_constant || kind == OperationKind::return_a;
}

// What is live before each instruction. Dropping dead contents keeps the number of states small.
std::vector<LiveSet> liveness(const FilterProgram& program,
                              const std::vector<Operation>& operations) {
  std::vector<LiveSet> live(program.size());
  for (std::size_t pc = program.size(); pc-- > 0;) {
    LiveSet after = 0;
    if (!returns(operations[pc].kind)) {
      const Targets to = targets_of(operations[pc], program[pc], pc);
      after = live[to.yes] | live[to.no];
    }
    live[pc] = live_before(operations[pc], program[pc], after);
  }
  return live;
}

constexpr std::uint32_t kNoState = 0xffffffff;

// One instruction with one content of the registers.
struct State {
  Registers registers;
  std::uint32_t next_here = kNoState;  // another state of the same instruction
  std::uint32_t yes = kNoState;        // successors
  std::uint32_t no = kNoState;
  NodeId node = 0;
};

class Walk {
 public:
  Walk(FilterGraph& graph, const FilterProgram& program) : graph_(graph), program_(program) {
    operations_.reserve(program.size());
    for (const auto& instruction : program) operations_.push_back(*operation_of(instruction.code));
    live_ = liveness(program, operations_);
    first_at_.assign(program.size(), kNoState);
    count_at_.assign(program.size(), 0);
    interned(Scratch{});
    states_.reserve(program.size() + 1);
  }

  Result<NodeId> run() {
    const std::uint32_t start = state_at(0, Registers{});
    for (std::size_t pc = 0; pc < program_.size() && !too_many_at_; ++pc) discover(pc);
    if (too_many_at_) return too_many_states(*too_many_at_);
    for (std::size_t pc = program_.size(); pc-- > 0;) build(pc);
    return states_[start].node;
  }

 private:
  static std::unexpected<base::Error> too_many_states(std::size_t pc) {
    return base::fail(base::ErrorCode::unsupported,
                      base::cat("not analysable: instruction ", pc,
                                " can be reached with too many different register contents"),
                      "write the filter without computed values that many paths share");
  }

  void discover(std::size_t pc) {
    for (std::uint32_t id = first_at_[pc]; id != kNoState; id = states_[id].next_here) {
      if (ends_here(pc, states_[id].registers)) continue;
      const Registers after = step(pc, states_[id].registers);
      const Targets to = targets_of(operations_[pc], program_[pc], pc);
      const std::uint32_t yes = state_at(to.yes, after);
      const std::uint32_t no = to.no == to.yes ? yes : state_at(to.no, after);
      if (too_many_at_) return;
      states_[id].yes = yes;
      states_[id].no = no;
    }
  }

  // A division by X that may be zero returns on the spot, and which calls do is not followed.
  [[nodiscard]] bool divides_by_unknown_x(std::size_t pc, const Registers& registers) const {
    const Operation& operation = operations_[pc];
    return operation.kind == OperationKind::alu && operation.alu == AluOperation::div &&
           operation.operand_is_x && registers.x.kind != ValueKind::constant;
  }

  [[nodiscard]] bool divides_by_zero(std::size_t pc, const Registers& registers) const {
    const Operation& operation = operations_[pc];
    return operation.kind == OperationKind::alu && operation.alu == AluOperation::div &&
           operation.operand_is_x && registers.x == SymbolicValue::constant(0);
  }

  [[nodiscard]] bool ends_here(std::size_t pc, const Registers& registers) const {
    return returns(operations_[pc].kind) || divides_by_unknown_x(pc, registers) ||
           divides_by_zero(pc, registers);
  }

  [[nodiscard]] SymbolicValue operand(std::size_t pc, const Registers& registers) const {
    return operations_[pc].operand_is_x ? registers.x : SymbolicValue::constant(program_[pc].k);
  }

  [[nodiscard]] SymbolicValue loaded(std::size_t pc) const {
    const unsigned word = program_[pc].k / 4;
    if (word == kWordPointerLow || word == kWordPointerHigh) {
      return SymbolicValue::unknown(static_cast<std::uint32_t>(pc));
    }
    return SymbolicValue::of_word(word);
  }

  [[nodiscard]] SymbolicValue immediate(std::size_t pc) const {
    return SymbolicValue::constant(operations_[pc].is_length ? kDataBytes : program_[pc].k);
  }

  Registers step(std::size_t pc, Registers registers) {
    const std::uint32_t k = program_[pc].k;
    switch (operations_[pc].kind) {
      case OperationKind::load_word: registers.a = loaded(pc); break;
      case OperationKind::load_constant: registers.a = immediate(pc); break;
      case OperationKind::load_memory: registers.a = scratches_[registers.scratch][k]; break;
      case OperationKind::load_x_constant: registers.x = immediate(pc); break;
      case OperationKind::load_x_memory: registers.x = scratches_[registers.scratch][k]; break;
      case OperationKind::store: registers.scratch = stored(registers, k, registers.a); break;
      case OperationKind::store_x: registers.scratch = stored(registers, k, registers.x); break;
      case OperationKind::copy_a_to_x: registers.x = registers.a; break;
      case OperationKind::copy_x_to_a: registers.a = registers.x; break;
      case OperationKind::alu:
        registers.a = apply(operations_[pc].alu, registers.a, operand(pc, registers),
                            static_cast<std::uint32_t>(pc));
        break;
      case OperationKind::jump:
      case OperationKind::jump_if:
      case OperationKind::return_constant:
      case OperationKind::return_a: break;
    }
    return registers;
  }

  std::uint32_t stored(const Registers& registers, std::uint32_t k, const SymbolicValue& value) {
    Scratch scratch = scratches_[registers.scratch];
    scratch[k] = value;
    return interned(scratch);
  }

  std::uint32_t interned(const Scratch& scratch) {
    const auto [known, added] =
        scratch_ids_.try_emplace(key_of(scratch), static_cast<std::uint32_t>(scratches_.size()));
    if (added) scratches_.push_back(scratch);
    return known->second;
  }

  static std::vector<std::uint32_t> key_of(const Scratch& scratch) {
    std::vector<std::uint32_t> key;
    key.reserve(scratch.size() * 4);
    for (const SymbolicValue& value : scratch) {
      const auto shift = static_cast<std::uint8_t>(value.shift);
      key.push_back(static_cast<std::uint32_t>(value.kind) << 16 |
                    static_cast<std::uint32_t>(value.word) << 8 | shift);
      key.insert(key.end(), {value.mask, value.flip, value.offset});
    }
    return key;
  }

  // Dead contents are all alike.
  void forget_dead(std::size_t pc, Registers& registers) {
    const LiveSet live = live_[pc];
    if ((live & kLiveA) == 0) registers.a = SymbolicValue::constant(0);
    if ((live & kLiveX) == 0) registers.x = SymbolicValue::constant(0);
    if (registers.scratch == 0) return;
    if ((live & kAllScratch) == 0) {
      registers.scratch = 0;
      return;
    }
    Scratch scratch = scratches_[registers.scratch];
    for (unsigned cell = 0; cell < kScratchWords; ++cell) {
      if ((live & (1U << cell)) == 0) scratch[cell] = SymbolicValue::constant(0);
    }
    registers.scratch = interned(scratch);
  }

  std::uint32_t state_at(std::size_t pc, Registers registers) {
    forget_dead(pc, registers);
    for (std::uint32_t id = first_at_[pc]; id != kNoState; id = states_[id].next_here) {
      if (states_[id].registers == registers) return id;
    }
    if (++count_at_[pc] > kMaxStatesPerInstruction || states_.size() >= kMaxStates) {
      too_many_at_ = pc;
      return kNoState;
    }
    const auto id = static_cast<std::uint32_t>(states_.size());
    states_.push_back({.registers = registers, .next_here = first_at_[pc]});
    first_at_[pc] = id;
    return id;
  }

  void build(std::size_t pc) {
    for (std::uint32_t id = first_at_[pc]; id != kNoState; id = states_[id].next_here) {
      states_[id].node = node_for(pc, states_[id]);
    }
  }

  NodeId node_for(std::size_t pc, const State& state) {
    const auto instruction = static_cast<std::uint32_t>(pc);
    const Operation& operation = operations_[pc];
    if (operation.kind == OperationKind::return_constant) return graph_.answer(program_[pc].k);
    if (operation.kind == OperationKind::return_a) return returned(state.registers.a, instruction);
    if (divides_by_zero(pc, state.registers)) return graph_.answer(kDivisionByZeroAnswer);
    if (divides_by_unknown_x(pc, state.registers)) return graph_.not_analysable(instruction);
    const Branches to{states_[state.yes].node, states_[state.no].node};
    if (operation.kind != OperationKind::jump_if) return to.yes;
    return branch(graph_, operation.test, state.registers.a, operand(pc, state.registers), to,
                  instruction);
  }

  NodeId returned(const SymbolicValue& a, std::uint32_t instruction) {
    if (a.kind == ValueKind::constant) return graph_.answer(a.offset);
    return graph_.not_analysable(a.kind == ValueKind::unknown ? a.offset : instruction);
  }

  FilterGraph& graph_;
  const FilterProgram& program_;
  std::vector<Operation> operations_;
  std::vector<LiveSet> live_;
  std::vector<State> states_;
  std::vector<std::uint32_t> first_at_;  // by instruction
  std::vector<std::size_t> count_at_;
  std::vector<Scratch> scratches_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> scratch_ids_;
  std::optional<std::size_t> too_many_at_;
};

}  // namespace

Result<NodeId> add_program(FilterGraph& graph, const FilterProgram& program) {
  if (auto ok = check_program(program); !ok) return std::unexpected(ok.error());
  return Walk(graph, program).run();
}

}  // namespace bulkhead::policy
