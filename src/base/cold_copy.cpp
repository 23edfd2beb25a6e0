#include "base/cold_copy.h"

#include <cassert>
#include <cstdint>
#include <cstring>

namespace longshore {
namespace {

/// What one store instruction of every x86-64 writes past the cache, at an address that is a multiple of it;
/// on other machines the compiler makes ordinary stores of it.
using Block = long long __attribute__((vector_size(16)));

/// x86-64 orders such stores with nothing that follows, not even with the release of a lock; others do.
void order_cold_stores() {
#ifdef __x86_64__
  __builtin_ia32_sfence();
#endif
}

}  // namespace

void cold_copy(MutableBytes to, ByteView from) {
  assert(to.size() >= from.size());
  std::size_t at = 0;
  if (reinterpret_cast<std::uintptr_t>(to.data()) % sizeof(Block) == 0) {
    for (; at + sizeof(Block) <= from.size(); at += sizeof(Block)) {
      Block block;
      std::memcpy(&block, from.data() + at, sizeof(Block));
      __builtin_nontemporal_store(block, reinterpret_cast<Block*>(to.data() + at));
    }
    order_cold_stores();
  }
  if (at < from.size()) std::memcpy(to.data() + at, from.data() + at, from.size() - at);
}

}  // namespace longshore
