#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string_view>

#include "apps/longshore/progress.h"

namespace longshore::cli {

/// Where the texts of a run go: results to the standard output, everything else to the standard error.
/// Whatever it writes has passed printable(), so no server and no file name can steer a terminal. On the
/// loop's thread.
class Console {
 public:
  struct Streams {
    std::ostream& out;
    std::ostream& err;
    bool err_is_terminal = false;
    std::function<std::size_t()> err_columns;  // asked at each drawing: windows change
  };

  explicit Console(Streams streams) : streams_(std::move(streams)) {}

  /// A line of what was asked for.
  void result(std::string_view line);
  /// A line about how it goes.
  void note(std::string_view line);

  /// Shows the progress: a bar that is drawn over, or a line where there is no terminal.
  void draw(const ProgressView& view);
  /// Takes the bar away.
  void clear();

  /// Whether results have not reached the standard output (a full disk): then the program has failed, however
  /// well the command went.
  [[nodiscard]] bool has_lost_results() const { return streams_.out.fail(); }

  [[nodiscard]] bool draws_bars() const { return streams_.err_is_terminal; }

 private:
  Streams streams_;
  bool bar_is_drawn_ = false;
};

/// The streams of this process.
Console::Streams standard_streams();

}  // namespace longshore::cli
