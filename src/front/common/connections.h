#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include <boost/asio/ip/tcp.hpp>

#include "front/common/front_ports.h"
#include "net/listener.h"

namespace longshore {

/// What every front does about connections: they are counted, and what goes wrong with them is told. `serve`
/// is ListenerCallbacks::serve; `ports` must outlive the callbacks.
ListenerCallbacks connection_callbacks(const FrontPorts& ports,
                                       std::function<Task<void>(boost::asio::ip::tcp::socket)> serve);

/// Waits until what is counted has ended, at most until `deadline`.
Task<void> becomes_none(const std::atomic<int>& counter, Timers& timers,
                        std::chrono::steady_clock::time_point deadline);

}  // namespace longshore
