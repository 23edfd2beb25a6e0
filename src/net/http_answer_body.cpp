#include "net/http_answer_body.h"

#include <algorithm>
#include <limits>

namespace longshore {

using Kind = AnswerFraming::Body;

bool AnswerBody::at_end() const {
  switch (kind_) {
    case Kind::none:
      return true;
    case Kind::length:
      return length_left_ == 0;
    case Kind::chunked:
      return chunks_.done();
    case Kind::until_close:
      return false;
  }
  return true;
}

std::int64_t AnswerBody::data_left() const {
  if (kind_ == Kind::chunked) return chunks_.data_left();
  return kind_ == Kind::length ? length_left_ : std::numeric_limits<std::int64_t>::max();
}

Channel::Io AnswerBody::try_read(MutableBytes out, std::size_t& bytes) {
  bytes = 0;
  while (!at_end()) {
    const Io result = data_left() == 0 ? take_framing() : move_data(out, bytes);
    if (result == Io::ended && kind_ == Kind::until_close) {
      kind_ = Kind::none;
    } else if (result != Io::moved) {
      return result == Io::ended ? Io::failed : result;
    } else if (bytes > 0) {
      return Io::moved;
    }
  }
  return Io::ended;
}

Channel::Io AnswerBody::take_framing() {
  if (connection_.ahead().empty()) {
    const Io result = connection_.try_read_ahead();
    if (result != Io::moved) return result;
  }
  connection_.consume(chunks_.take(connection_.ahead()));
  return Io::moved;
}

Channel::Io AnswerBody::move_data(MutableBytes out, std::size_t& bytes) {
  const auto room = out.first(
      static_cast<std::size_t>(std::min<std::int64_t>(data_left(), static_cast<std::int64_t>(out.size()))));
  const std::string_view ahead = connection_.ahead();
  if (!ahead.empty()) {
    bytes = std::min(room.size(), ahead.size());
    std::ranges::copy(as_bytes(ahead.substr(0, bytes)), room.begin());
    connection_.consume(bytes);
  } else {
    const Io result = connection_.try_read(room, bytes);
    if (result != Io::moved) return result;
  }
  if (kind_ == Kind::length) length_left_ -= static_cast<std::int64_t>(bytes);
  if (kind_ == Kind::chunked) chunks_.data_moved(static_cast<std::int64_t>(bytes));
  return Io::moved;
}

}  // namespace longshore
