#include "net/chunk_framing.h"

#include <limits>
#include <string>

#include "base/ascii.h"

namespace longshore {
namespace {

ChunkFault malformed(const char* what) {
  return {ChunkFault::Kind::malformed, std::string("the chunked body is malformed: ") + what};
}
ChunkFault too_much(const char* what) {
  return {ChunkFault::Kind::too_much, std::string("the chunked body holds ") + what};
}

void expect(char c, char expected) {
  if (c != expected) throw malformed("lines end with CR LF");
}

void refuse_control(char c) {
  if (ascii::is_control(c)) throw malformed("it holds a control character");
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::size_t ChunkFraming::take(std::string_view input) {
  std::size_t taken = 0;
  while (taken < input.size() && data_left_ == 0 && state_ != State::done) step(input[taken++]);
  return taken;
}

void ChunkFraming::step(char c) {
  switch (state_) {
    case State::size:
      return size_digit(c);
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return;
      }
      refuse_control(c);
      if (++extension_ > kChunkExtensionMax || ++overhead_ > kChunkOverheadMax)
        throw too_much("too much in chunk extensions");
      return;
    case State::size_lf:
      expect(c, '\n');
      return end_size_line();
    case State::data_cr:
      expect(c, '\r');
      state_ = State::data_lf;
      return;
    case State::data_lf:
      expect(c, '\n');
      state_ = State::size;
      return;
    case State::trailer_start:
    case State::trailer:
    case State::trailer_lf:
    case State::last_lf:
      return trailer_byte(c);
    case State::done:
      return;
  }
}

void ChunkFraming::size_digit(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > kChunkSizeDigitsMax) throw malformed("a chunk size has more than 16 digits");
    size_ = size_ * 16 + static_cast<std::uint64_t>(value);
    return;
  }
  if (digits_ == 0 || (c != ';' && c != '\r')) throw malformed("a chunk size must be hexadecimal digits");
  if (size_ > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    throw malformed("a chunk size is too big");
  state_ = c == '\r' ? State::size_lf : State::extension;
}

void ChunkFraming::end_size_line() {
  data_left_ = static_cast<std::int64_t>(size_);
  state_ = size_ > 0 ? State::data_cr : State::trailer_start;
  size_ = 0;
  digits_ = 0;
  extension_ = 0;
}

void ChunkFraming::trailer_byte(char c) {
  if (++trailers_ > kTrailerBytesMax) throw too_much("more than 8 KiB of trailers");
  if (state_ == State::trailer_lf || state_ == State::last_lf) {
    expect(c, '\n');
    state_ = state_ == State::last_lf ? State::done : State::trailer_start;
    return;
  }
  if (c == '\r') {
    state_ = state_ == State::trailer_start ? State::last_lf : State::trailer_lf;
    return;
  }
  refuse_control(c);
  if (state_ == State::trailer_start && (c == ' ' || c == '\t'))
    throw malformed("folded trailers are not taken");
  state_ = State::trailer;
}

}  // namespace longshore
