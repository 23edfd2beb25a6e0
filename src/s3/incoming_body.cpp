#include "s3/incoming_body.h"

#include "s3/classify.h"

namespace longshore::s3 {

Task<ByteView> IncomingBody::next() {
  std::optional<HttpError> lost;
  try {
    co_return co_await reply_.http.next();
  } catch (const HttpError& error) {
    lost = error;
  }
  throw error_of(*lost, "GetObject");
}

}  // namespace longshore::s3
