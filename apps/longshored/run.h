#pragma once

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "ports/body_source.h"

namespace longshore::server {

/// Runs one coroutine to its end on a loop of its own: for what happens before the server's loops run, and
/// for operators' verbs. Blocks; its result, or its exception.
template <class T>
T run_to_end(Task<T> task) {
  boost::asio::io_context loop;
  auto result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
  loop.run();
  return result.get();
}

}  // namespace longshore::server
