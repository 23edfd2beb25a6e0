#pragma once

#include <utility>
#include <vector>

#include "net/waiter.h"

namespace longshore {

/// Those whose turn has come, and what each gets. They are woken when this is destroyed: it is made before
/// the mutex of their queue is locked, so that nobody is woken, and nothing given back, under it.
template <class T>
class Turns {
 public:
  Turns() = default;
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;
  ~Turns() {
    for (auto& [waiter, result] : turns_) std::move(waiter).wake({}, std::move(result));
  }

  void add(Waiter<T> waiter, T result) { turns_.emplace_back(std::move(waiter), std::move(result)); }

 private:
  std::vector<std::pair<Waiter<T>, T>> turns_;
};

}  // namespace longshore
