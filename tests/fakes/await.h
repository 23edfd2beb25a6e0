#pragma once

#include <future>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "ports/body_source.h"

namespace longshore {

/// Runs coroutines on a loop of their own, all at once, until each has ended; their results in the same
/// order, or the first one's exception.
template <class T>
std::vector<T> await_all(std::vector<Task<T>> tasks) {
  boost::asio::io_context loop;
  std::vector<std::future<T>> running;
  for (Task<T>& task : tasks) {
    running.push_back(boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future));
  }
  loop.run();
  std::vector<T> results;
  for (std::future<T>& result : running) results.push_back(result.get());
  return results;
}

/// Runs one coroutine on a loop of its own until it has ended; its result, or its exception.
template <class T>
T await(Task<T> task) {
  boost::asio::io_context loop;
  std::future<T> result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
  loop.run();
  return result.get();
}

}  // namespace longshore
