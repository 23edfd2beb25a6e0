#include "apps/longshored/loops.h"

#include <algorithm>

namespace longshore::server {

Loops::Loops(std::size_t count) {
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
    constexpr int kOneThread = 1;
    loops_.push_back(std::make_unique<boost::asio::io_context>(kOneThread));
    work_.emplace_back(loops_.back()->get_executor());
  }
}

Loops::~Loops() {
  stop();
  for (std::thread& thread : threads_) thread.join();
}

void Loops::run() {
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    threads_.emplace_back([loop = loops_[i].get()] { loop->run(); });
  }
  first().run();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Loops::stop() {
  for (const auto& loop : loops_) loop->stop();
}

std::vector<boost::asio::io_context*> Loops::all() {
  std::vector<boost::asio::io_context*> all;
  for (const auto& loop : loops_) all.push_back(loop.get());
  return all;
}

}  // namespace longshore::server
