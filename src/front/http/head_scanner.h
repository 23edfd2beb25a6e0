#pragma once

#include <cstddef>
#include <string_view>

namespace longshore::http {

// What a header may hold. Far above what clients send (curl: a few hundred bytes), far below what would hurt.
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kFieldsMax = 100;
inline constexpr std::size_t kTargetBytesMax = 8 * 1024;

/// Finds the end of a request's header among the bytes that have come so far, and refuses on sight what a
/// lenient proxy and a strict server could read differently: a bare LF or CR, NUL and other control bytes,
/// folded lines. Beast would take some of that. One scanner a request; it remembers how far it has looked.
class HeadScanner {
 public:
  /// `input`: all bytes of this header so far (each time the same ones, with more behind them). The header's
  /// length with the blank line; 0: more bytes are needed. Throws Error: invalid_request, uri_too_long,
  /// header_too_large.
  std::size_t scan(std::string_view input);

 private:
  void check_byte(char c);
  void end_line();

  std::size_t looked_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t lines_ = 0;
  bool after_cr_ = false;
  bool done_ = false;
};

}  // namespace longshore::http
