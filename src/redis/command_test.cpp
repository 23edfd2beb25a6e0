#include "redis/command.h"

#include <array>

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

using namespace std::string_view_literals;

TEST(Command, WordsOfAnyBytes) {
  std::string out = "before";
  append_command(out, std::array{"SET"sv, "a\r\n\0b"sv, ""sv});
  EXPECT_EQ(out, "before*3\r\n$3\r\nSET\r\n$5\r\na\r\n\0b\r\n$0\r\n\r\n"sv);
}

}  // namespace
}  // namespace longshore::redis
