#include "redis/command.h"

#include <algorithm>

namespace longshore::redis {
namespace {

std::string head(char kind, std::size_t number) { return kind + std::to_string(number) + "\r\n"; }

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
  constexpr std::size_t kAroundAWord = 16;
  std::size_t size = out.size() + kAroundAWord;
  for (const std::string_view word : words) size += word.size() + kAroundAWord;
  if (size > out.capacity()) out.reserve(std::max(size, out.capacity() * 2));

  out += head('*', words.size());
  for (const std::string_view word : words) {
    out += head('$', word.size());
    out += word;
    out += "\r\n";
  }
}

}  // namespace longshore::redis
