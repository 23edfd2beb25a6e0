#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/chunk_framing.h"

/// The data of a chunked body and how it ended, its bytes arriving `step` at a time.
static std::string decode(std::string_view input, std::size_t step) {
  longshore::ChunkFraming framing;
  std::string data;
  std::size_t used = 0;
  try {
    for (std::size_t end = 0; !framing.done() && used < input.size();) {
      if (used == end) end = std::min(end + step, input.size());
      const std::string_view piece = input.substr(used, end - used);
      if (framing.data_left() == 0) {
        used += framing.take(piece);
        continue;
      }
      const std::size_t bytes = std::min(piece.size(), static_cast<std::size_t>(framing.data_left()));
      data += piece.substr(0, bytes);
      framing.data_moved(static_cast<std::int64_t>(bytes));
      used += bytes;
    }
  } catch (const longshore::ChunkFault& fault) {
    return data + "|" + fault.what();
  }
  return data + (framing.done() ? "|end" : "|more") + std::to_string(used);
}

/// A chunked body is refused with a ChunkFault or means one thing, however its bytes arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  if (decode(input, 1) != decode(input, size + 1)) std::abort();
  return 0;
}
