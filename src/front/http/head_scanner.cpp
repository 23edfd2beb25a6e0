#include "front/http/head_scanner.h"

#include "base/ascii.h"
#include "domain/error.h"

namespace longshore::http {
namespace {

constexpr std::size_t kMethodAndVersionMax = 64;  // beside the target in the first line: the longest method
                                                  // has 16 letters

Error malformed(const char* what) {
  return Error{Reason::invalid_request, std::string("the header is malformed: ") + what};
}

}  // namespace

std::size_t HeadScanner::scan(std::string_view input) {
  while (looked_ < input.size() && !done_) {
    if (looked_ == kHeadBytesMax) throw Error{Reason::header_too_large, "the header is larger than 16 KiB"};
    check_byte(input[looked_++]);
  }
  return done_ ? looked_ : 0;
}

void HeadScanner::check_byte(char c) {
  if (after_cr_ != (c == '\n')) throw malformed("lines end with CR LF, and neither stands alone");
  if (c == '\n') return end_line();
  after_cr_ = c == '\r';
  if (after_cr_) return;

  if (ascii::is_control(c)) throw malformed("it holds a control character");
  const bool begins_line = looked_ - 1 == line_begin_;
  if (begins_line && (c == ' ' || c == '\t')) throw malformed("folded lines are not taken");
  if (lines_ == 0 && looked_ > kTargetBytesMax + kMethodAndVersionMax) {
    throw Error{Reason::uri_too_long, "the request target is longer than 8 KiB"};
  }
}

void HeadScanner::end_line() {
  after_cr_ = false;
  const bool blank = looked_ - line_begin_ == 2;
  line_begin_ = looked_;
  if (blank) {
    done_ = true;
    return;
  }
  if (++lines_ > kFieldsMax + 1) throw Error{Reason::header_too_large, "the header has more than 100 fields"};
}

}  // namespace longshore::http
