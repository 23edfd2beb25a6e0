#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include "net/waiter.h"

namespace longshore {

template <class T>
class Turns;

/// What clients hold of something scarce (connections, bytes of memory), counted in all and for each, so that
/// no client has it alone. A client is network_of() its address. Thread-safe.
class ClientShares : public std::enable_shared_from_this<ClientShares> {
 public:
  struct Caps {
    std::int64_t all = 0;
    std::int64_t each = 0;  // but whoever holds nothing gets whatever it asks for, within `all`
  };
  /// No client has more than this part, so that one alone cannot shut out all others.
  static constexpr std::int64_t kClientPart = 4;
  /// The usual caps.
  static std::shared_ptr<ClientShares> of(std::int64_t all);

  /// An amount that is counted; destroying it gives it back.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept;
    Share& operator=(Share&& other) noexcept;
    ~Share();
    explicit operator bool() const { return shares_ != nullptr; }
    /// False: a cap is reached, and the share is what it was. Not on an empty one.
    [[nodiscard]] bool grow(std::int64_t amount);

   private:
    friend class ClientShares;
    Share(std::shared_ptr<ClientShares> shares, boost::asio::ip::address client, std::int64_t amount);

    std::shared_ptr<ClientShares> shares_;
    boost::asio::ip::address client_;
    std::int64_t amount_ = 0;
  };

  /// With `whole`: what is counted here is counted there too, and there must be room in both.
  explicit ClientShares(Caps caps, std::shared_ptr<ClientShares> whole = nullptr)
      : caps_(caps), whole_(std::move(whole)) {}

  /// `amount` is at least 1. An empty Share when a cap is reached, or when others of its client wait in turn.
  Share take(const boost::asio::ip::address& address, std::int64_t amount = 1);
  /// The same, but while its own client holds too much here it waits, first come first served; the caps of
  /// `whole` give an empty Share at once. Throws
  /// operation_aborted when cancelled; the waiting coroutine keeps its executor and this object.
  boost::asio::awaitable<Share> take_in_turn(boost::asio::ip::address address, std::int64_t amount);

  [[nodiscard]] std::int64_t total() const;

 private:
  struct Waiting {
    std::int64_t amount;
    Waiter<Share> waiter;
  };
  struct Client {
    std::int64_t held = 0;
    std::map<std::uint64_t, Waiting> queue;  // by ticket
  };
  using Clients = std::map<boost::asio::ip::address, Client>;
  enum class Entry { at_once, behind_its_queue };

  bool enter(const boost::asio::ip::address& client, std::int64_t amount, Entry entry);
  void leave(const boost::asio::ip::address& client, std::int64_t amount);
  template <class Handler>
  void enqueue(const boost::asio::ip::address& client, std::int64_t amount, Handler handler);
  void leave_queue(const boost::asio::ip::address& client, std::uint64_t ticket);
  // With the mutex held.
  [[nodiscard]] bool is_too_much_of_one(const Client& client, std::int64_t amount) const;
  bool count(Client& client, const boost::asio::ip::address& address, std::int64_t amount);
  void collect(Clients::iterator found, Turns<Share>& turns);

  const Caps caps_;
  const std::shared_ptr<ClientShares> whole_;
  mutable std::mutex mutex_;
  std::int64_t total_ = 0;
  std::uint64_t next_ticket_ = 0;
  Clients clients_;  // only those that hold something or wait for it
};

}  // namespace longshore
