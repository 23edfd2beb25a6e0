#include "apps/longshored/loops.h"

#include <atomic>
#include <mutex>
#include <set>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace longshore::server {
namespace {

TEST(LoopsTest, EachOnAThreadOfItsOwn) {
  Loops loops(3);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  for (boost::asio::io_context* loop : loops.all()) {
    boost::asio::post(*loop, [&] {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
      if (threads.size() == 3) loops.stop();
    });
  }
  loops.run();
  EXPECT_EQ(threads.size(), 3U);
  EXPECT_TRUE(threads.contains(std::this_thread::get_id()));
}

TEST(LoopsTest, AtLeastOne) {
  Loops loops(0);
  EXPECT_EQ(loops.all().size(), 1U);
}

}  // namespace
}  // namespace longshore::server
