#include "redis/pending.h"

#include <array>
#include <string_view>
#include <vector>

#include "redis/command.h"

namespace longshore::redis {

void append_call(std::string& out, const Pending& pending) {
  constexpr std::array<std::string_view, 1> kAsking{"ASKING"};
  if (pending.asking) append_command(out, kAsking);
  const Call& call = pending.call;
  const std::string key_count = std::to_string(call.keys.size());
  std::vector<std::string_view> words;
  words.reserve(3 + call.keys.size() + call.arguments.size());
  words.emplace_back(pending.by_text ? "EVAL" : "EVALSHA");
  words.push_back(pending.by_text ? call.script->text() : call.script->sha1());
  words.push_back(key_count);
  words.insert(words.end(), call.keys.begin(), call.keys.end());
  words.insert(words.end(), call.arguments.begin(), call.arguments.end());
  append_command(out, words);
}

}  // namespace longshore::redis
