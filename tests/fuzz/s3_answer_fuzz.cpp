#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "s3/answers.h"
#include "s3/classify.h"

namespace {

using longshore::Error;

/// A text is read, or refused with the one error.
template <class Reader>
void read(Reader reader, std::string_view text) {
  try {
    reader(text);
  } catch (const Error& error) {
    const bool right = error.reason() == longshore::Reason::store_unavailable &&
                       error.outcome() == longshore::Outcome::unknown;
    if (!right) std::abort();
  }
}

}  // namespace

/// What a store may answer: its XML, and fields of its head (the first line).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace s3 = longshore::s3;
  const std::string_view text = longshore::as_text(std::as_bytes(std::span(data, size)));
  read(s3::created_upload, text);
  read(s3::completed_upload, text);
  read(s3::parts_page, text);
  read(s3::uploads_page, text);
  read(s3::versions_page, text);
  read(s3::listed_objects, text);

  constexpr std::size_t kMessageBytesMax = 2000;
  const std::string field(text.substr(0, text.find('\n')));
  const s3::Answer answer = s3::read_answer(400, {{"date", field}, {"retry-after", field}}, text);
  if (s3::error_of(answer, "UploadPart").message().size() > kMessageBytesMax) std::abort();
  return 0;
}
