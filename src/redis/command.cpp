#include "redis/command.h"

#include <hiredis/hiredis.h>
#include <memory>
#include <new>
#include <vector>

namespace longshore::redis {

void append_command(std::string& out, std::span<const std::string_view> words) {
  struct Free {
    void operator()(char* command) const { redisFreeCommand(command); }
  };
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    starts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* made = nullptr;
  const int size = redisFormatCommandArgv(&made, static_cast<int>(words.size()), starts.data(), sizes.data());
  const std::unique_ptr<char, Free> command(made);
  if (size < 0) throw std::bad_alloc();
  out.append(command.get(), static_cast<std::size_t>(size));
}

}  // namespace longshore::redis
