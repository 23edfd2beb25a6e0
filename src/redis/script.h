#pragma once

#include <string>

namespace longshore::redis {

/// What it means that a script runs twice, because its answer was lost and it was sent again.
enum class Effect {
  none,       // it only reads
  repeats,    // it changes things, the second time nothing more
  each_time,  // the second run would do or answer something else: it is not sent again
};

/// A Lua script, and the name that servers know it by.
class Script {
 public:
  Script(std::string text, Effect effect);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] Effect effect() const { return effect_; }
  [[nodiscard]] const std::string& sha1() const { return sha1_; }  // in hex

 private:
  std::string text_;
  Effect effect_;
  std::string sha1_;
};

}  // namespace longshore::redis
