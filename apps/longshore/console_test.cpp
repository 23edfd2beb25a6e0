#include "apps/longshore/console.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"

namespace longshore::cli {
namespace {

using testing::FakeServer;
using ConsoleOfClient = testing::Client;

TEST(Console, DrawsOverItsBarAndTakesItAwayForALine) {
  std::ostringstream out;
  std::ostringstream err;
  Console console(
      {.out = out, .err = err, .err_is_terminal = true, .err_columns = [] { return std::size_t{60}; }});
  console.draw({.name = "a\x1b[2J", .done = 1, .total = 2});
  console.draw({.name = "a", .done = 2, .total = 2});
  console.result("done");
  EXPECT_EQ(out.str(), "done\n");
  const std::string drawn = err.str();
  EXPECT_EQ(drawn.find("\x1b[2J"), std::string::npos);
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\r'), 3);
  EXPECT_EQ(drawn.find('\n'), std::string::npos);
  EXPECT_TRUE(drawn.ends_with("\r\x1b[K"));
}

TEST(Console, WritesLinesWhereThereIsNoTerminal) {
  std::ostringstream out;
  std::ostringstream err;
  Console console({.out = out, .err = err});
  console.draw({.name = "a", .done = 1, .total = 2});
  console.clear();
  EXPECT_EQ(err.str(), "a: 50 %  1 B of 2 B\n");
}

TEST_F(ConsoleOfClient, WritesNoControlCharacterOfOthers) {
  server_.look([](FakeServer::State& state) {
    state.objects["node-1"] = {.connector = "cli", .path = "", .name = "a\x1b[2J\nb", .bytes = "x"};
  });
  ASSERT_EQ(run({"ls"}), 0) << err_.str();
  EXPECT_EQ(out_.str().find('\x1b'), std::string::npos);
  EXPECT_NE(out_.str().find("a\\x1b[2J\\x0ab\n"), std::string::npos) << out_.str();
}

}  // namespace
}  // namespace longshore::cli
