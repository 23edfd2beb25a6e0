#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include <boost/asio/ip/address.hpp>

namespace longshore {

/// Counts connections, in all and by address, against their caps. Thread-safe.
class ConnectionCounts : public std::enable_shared_from_this<ConnectionCounts> {
 public:
  /// One counted connection; destroying it gives the place back.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();
    explicit operator bool() const { return counts_ != nullptr; }

   private:
    friend class ConnectionCounts;
    Place(std::shared_ptr<ConnectionCounts> counts, boost::asio::ip::address source);

    std::shared_ptr<ConnectionCounts> counts_;
    boost::asio::ip::address source_;
  };

  ConnectionCounts(std::size_t max, std::size_t max_of_an_address)
      : max_(max), max_of_an_address_(max_of_an_address) {}

  /// An empty Place when a cap is reached. Counted by network_of() the address.
  Place enter(const boost::asio::ip::address& address);

  [[nodiscard]] std::size_t total() const;

 private:
  void leave(const boost::asio::ip::address& source);

  const std::size_t max_;
  const std::size_t max_of_an_address_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::map<boost::asio::ip::address, std::size_t> by_source_;  // only those with a connection: bounded by
                                                               // max_
};

}  // namespace longshore
