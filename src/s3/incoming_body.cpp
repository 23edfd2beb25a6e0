#include "s3/incoming_body.h"

#include "s3/classify.h"

namespace longshore::s3 {

// "bytes 5-9/100".
bool brings(const Reply& reply, const ByteRange& range) {
  const std::string head = "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/";
  return reply.field("content-range").starts_with(head);
}

Task<ByteView> IncomingBody::next() {
  for (;;) {
    std::optional<Error> lost;
    try {
      const ByteView piece = co_await reply_.http.next();
      given_ += std::ssize(piece);
      co_return piece;
    } catch (const HttpError& error) {
      lost = error_of(error, "GetObject");
    }
    if (!co_await resume()) throw *lost;
  }
}

/// Asks for the bytes that have not come. False: there is no way to.
Task<bool> IncomingBody::resume() {
  const bool is_possible = length_ && given_ < *length_ && !etag_.empty() && resumes_ < kResumesMax;
  if (!is_possible) co_return false;
  ++resumes_;
  const ByteRange rest{origin_.first + given_, origin_.first + *length_ - 1};
  Call call = get_call(origin_.key, origin_.version_id, rest);
  call.fields.push_back({"if-match", etag_});
  Reply reply = co_await client_.open(std::move(call), HttpPace::slow);
  // A store that passes over If-Match must not have us mix two objects.
  if (reply.field("etag") != etag_ || !brings(reply, rest)) co_return false;
  reply_ = std::move(reply);
  co_return true;
}

}  // namespace longshore::s3
