#pragma once

#include <string>

namespace longshore::redis {

/// A Lua script, and the name that servers know it by.
class Script {
 public:
  explicit Script(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::string& sha1() const { return sha1_; }  // in hex

 private:
  std::string text_;
  std::string sha1_;
};

}  // namespace longshore::redis
