// FIPS 180-4, 6.2, in the form that the instructions SHA256RNDS2, SHA256MSG1 and SHA256MSG2 give it
// (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2).
#include "base/sha256_instructions.h"

// Clang takes the C library's header in its GNU dialect only; what is built with it uses libmd.
#if defined(__x86_64__) && !defined(__clang__)

#include <immintrin.h>
#include <sys/platform/x86.h>

#include <algorithm>
#include <cstring>

namespace bulkhead::base {

namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kLengthBytes = 8;

// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The C library has asked the processor already; each CPUID costs a virtual machine an exit.
bool has_instructions() {
  return CPU_FEATURE_PRESENT(SHA) && CPU_FEATURE_PRESENT(SSSE3) && CPU_FEATURE_PRESENT(SSE4_1);
}

// The eight words of the state as the instructions want them, most significant first.
struct State {
  __m128i abef = _mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f,
                               static_cast<int>(0x9b05688c));
  __m128i cdgh = _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19);
};

__attribute__((target("sha,sse4.1"))) void add_block(State& state, const char* block) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i words[4];  // the last sixteen of the schedule, four to a register
  State next = state;
#pragma GCC unroll 16  // the words stay in registers
  for (unsigned group = 0; group < 16; ++group) {
    __m128i& current = words[group % 4];
    if (group < 4) {
      const auto* text = reinterpret_cast<const __m128i*>(block) + group;
      current = _mm_shuffle_epi8(_mm_loadu_si128(text), big_endian);
    } else {
      const __m128i last = words[(group + 3) % 4];
      const __m128i sixteen_back = _mm_sha256msg1_epu32(current, words[(group + 1) % 4]);
      const __m128i seven_back = _mm_alignr_epi8(last, words[(group + 2) % 4], 4);
      current = _mm_sha256msg2_epu32(_mm_add_epi32(sixteen_back, seven_back), last);
    }
    const auto* constants = reinterpret_cast<const __m128i*>(kRoundConstants) + group;
    const __m128i sum = _mm_add_epi32(current, _mm_load_si128(constants));
    // After two rounds a, b, e and f are c, d, g and h: the two registers change places, twice.
    next.cdgh = _mm_sha256rnds2_epu32(next.cdgh, next.abef, sum);
    next.abef = _mm_sha256rnds2_epu32(next.abef, next.cdgh, _mm_shuffle_epi32(sum, 0x0e));
  }
  state.abef = _mm_add_epi32(state.abef, next.abef);
  state.cdgh = _mm_add_epi32(state.cdgh, next.cdgh);
}

// What is left of the text, the bit that ends it, and its length in bits: one block or two.
void add_end(State& state, std::string_view rest, std::uint64_t all_bytes) {
  char blocks[2 * kBlock] = {};
  std::ranges::copy(rest, blocks);
  blocks[rest.size()] = static_cast<char>(0x80);
  const std::size_t size = rest.size() + 1 + kLengthBytes <= kBlock ? kBlock : 2 * kBlock;
  const std::uint64_t bits = __builtin_bswap64(all_bytes * 8);
  std::memcpy(blocks + size - kLengthBytes, &bits, sizeof bits);
  for (std::size_t at = 0; at < size; at += kBlock) add_block(state, blocks + at);
}

Sha256Digest digest_of(const State& state) {
  alignas(16) std::uint32_t abef[4];
  alignas(16) std::uint32_t cdgh[4];
  _mm_store_si128(reinterpret_cast<__m128i*>(abef), state.abef);
  _mm_store_si128(reinterpret_cast<__m128i*>(cdgh), state.cdgh);
  const std::uint32_t words[8] = {abef[3], abef[2], cdgh[3], cdgh[2],
                                  abef[1], abef[0], cdgh[1], cdgh[0]};
  Sha256Digest digest;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t word = __builtin_bswap32(words[i]);
    std::memcpy(digest.data() + 4 * i, &word, sizeof word);
  }
  return digest;
}

}  // namespace

std::optional<Sha256Digest> sha256_by_instructions(std::string_view bytes) {
  if (!has_instructions()) return std::nullopt;
  State state;
  std::string_view rest = bytes;
  for (; rest.size() >= kBlock; rest.remove_prefix(kBlock)) add_block(state, rest.data());
  add_end(state, rest, bytes.size());
  return digest_of(state);
}

}  // namespace bulkhead::base

#else

namespace bulkhead::base {

std::optional<Sha256Digest> sha256_by_instructions(std::string_view) { return std::nullopt; }

}  // namespace bulkhead::base

#endif  // __x86_64__ && !__clang__
