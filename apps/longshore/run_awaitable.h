#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace longshore::cli::testing {

/// Runs one coroutine on a loop of its own, for tests: returns what it returns, throws what it throws.
template <class T>
T run_awaitable(boost::asio::awaitable<T> work) {
  boost::asio::io_context loop(1);
  auto result = boost::asio::co_spawn(loop, std::move(work), boost::asio::use_future);
  loop.run();
  return result.get();
}

}  // namespace longshore::cli::testing
