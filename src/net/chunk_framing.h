#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace longshore {

// What a chunked body may spend on other things than data.
inline constexpr std::size_t kChunkExtensionMax = 256;        // bytes a chunk
inline constexpr std::int64_t kChunkOverheadMax = 64 * 1024;  // bytes of extensions a body
inline constexpr std::size_t kTrailerBytesMax = 8 * 1024;     // a body
inline constexpr int kChunkSizeDigitsMax = 16;

/// A chunked body that is none, or wastes more than the bounds above.
class ChunkFault : public std::exception {
 public:
  enum class Kind { malformed, too_much };
  ChunkFault(Kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  Kind kind_;
  std::string message_;
};

/// The framing of a chunked body (RFC 9112 section 7.1), read strictly: CR LF alone ends a line, extensions
/// and trailers are bounded and thrown away. Knows no data: the caller moves that itself.
///   while (!framing.done()) {
///     if (framing.data_left() == 0) consume(framing.take(input)) else framing.data_moved(n)
///   }
class ChunkFraming {
 public:
  /// Takes framing bytes from the front of `input`, and returns how many: up to the next data byte, the end
  /// of the body, or all. Throws ChunkFault.
  std::size_t take(std::string_view input);

  /// Data bytes that stand next in the input, before take() has anything to do.
  [[nodiscard]] std::int64_t data_left() const { return data_left_; }
  void data_moved(std::int64_t bytes) { data_left_ -= bytes; }
  [[nodiscard]] bool done() const { return state_ == State::done; }

 private:
  enum class State {
    size,
    extension,
    size_lf,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    last_lf,
    done
  };

  void step(char c);
  void size_digit(char c);
  void end_size_line();
  void trailer_byte(char c);

  State state_ = State::size;
  std::uint64_t size_ = 0;
  int digits_ = 0;
  std::int64_t data_left_ = 0;
  std::size_t extension_ = 0;
  std::int64_t overhead_ = 0;
  std::size_t trailers_ = 0;
};

}  // namespace longshore
