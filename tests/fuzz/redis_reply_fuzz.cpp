#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

#include "base/bytes.h"
#include "domain/error.h"
#include "redis/reply_reader.h"
#include "redis/slots.h"
#include "redis/verdict.h"
#include "state/redis/session_codec.h"

namespace {

using longshore::Error;
namespace redis = longshore::redis;

const longshore::UploadId kUpload{"node-1234"};
const redis::Address kServer{.host = "h", .port = 1, .socket = {}};

/// A reply is read, or refused with the one error.
template <class Reader>
void read(Reader reader) {
  try {
    reader();
  } catch (const Error&) {
    return;
  }
}

void use(const redis::Reply& reply) {
  redis::judge(reply, kServer);
  redis::SlotMap::parse(reply, kServer);
  read([&] {
    redis::begin_answer(reply, kUpload, {.chunk = longshore::ChunkIndex{1}, .size = 9, .attempt = {}});
  });
  read([&] { redis::record_answer(reply); });
  read([&] { redis::ledger_of(reply, kUpload); });
  read([&] { redis::summary_of(reply); });
}

}  // namespace

/// What a server may send, in two pieces; where they are cut the first byte says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = longshore::as_text(std::as_bytes(std::span(data + 1, size - 1)));
  const std::size_t cut = bytes.empty() ? 0 : data[0] % bytes.size();
  redis::ReplyReader reader;
  try {
    for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
      reader.feed(piece);
      while (const auto reply = reader.next()) use(*reply);
    }
  } catch (const std::runtime_error&) {
    return 0;  // no RESP2
  }
  return 0;
}
