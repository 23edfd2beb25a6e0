#pragma once

#include <atomic>
#include <utility>

namespace longshore {

/// Counted as long as it lives, by one counter at a time.
class Counted {
 public:
  explicit Counted(std::atomic<int>& counter) : counter_(&counter) { ++*counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*counter_; }
  void move_to(std::atomic<int>& other) {
    ++other;
    --*std::exchange(counter_, &other);
  }

 private:
  std::atomic<int>* counter_;
};

}  // namespace longshore
