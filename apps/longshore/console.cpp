#include "apps/longshore/console.h"

#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include "apps/longshore/text.h"

namespace longshore::cli {

namespace {

constexpr std::size_t kUsualColumns = 80;  // where the terminal does not tell

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return size.ws_col;
}

}  // namespace

void Console::result(std::string_view line) {
  clear();
  streams_.out << printable(line) << '\n'
               << std::flush;  // flushed: a reader of a pipe sees each file when it is done
}

void Console::note(std::string_view line) {
  clear();
  streams_.err << printable(line) << '\n' << std::flush;
}

void Console::draw(const ProgressView& view) {
  ProgressView safe = view;
  safe.name = printable(view.name);
  safe.waiting_for = printable(view.waiting_for);
  if (!streams_.err_is_terminal) {
    note(render_line(safe));
    return;
  }
  // The last column stays free: some terminals wrap when it is written.
  streams_.err << "\r\x1b[K" << render_bar(safe, streams_.err_columns() - 1) << std::flush;
  bar_is_drawn_ = true;
}

void Console::clear() {
  if (bar_is_drawn_) streams_.err << "\r\x1b[K" << std::flush;
  bar_is_drawn_ = false;
}

Console::Streams standard_streams() {
  return {.out = std::cout,
          .err = std::cerr,
          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
          .err_columns = terminal_columns};
}

}  // namespace longshore::cli
