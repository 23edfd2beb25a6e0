#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "longshore/v1/longshore.pb.h"
#include <google/protobuf/util/message_differencer.h>

#include "wire/json.h"

/// A text is refused with a problem, or it is a message that reads the same once it is written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  longshore::v1::InitiateUploadRequest message;
  if (longshore::read_json(text, message)) return 0;
  longshore::v1::InitiateUploadRequest again;
  if (longshore::read_json(longshore::write_json(message), again)) std::abort();
  if (!google::protobuf::util::MessageDifferencer::Equals(message, again)) std::abort();
  return 0;
}
