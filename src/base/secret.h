#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace longshore {

/// A text that must not be seen: it has no print operator, and its memory is wiped when it is given back.
/// Copies are secrets too.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text.begin(), text.end()) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret();

  /// The text itself, for the one call that needs it; valid as long as this object.
  [[nodiscard]] std::string_view expose() const { return {text_.data(), text_.size()}; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

 private:
  std::vector<char> text_;  // on the heap always: a move leaves nothing behind
};

}  // namespace longshore
