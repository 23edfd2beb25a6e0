#include "net/channel.h"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace longshore {
namespace {

namespace asio = boost::asio;

bool must_wait(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

Channel::Io PlainChannel::read(MutableBytes out, std::size_t& bytes) {
  boost::system::error_code error;
  bytes = socket_.read_some(asio::buffer(out.data(), out.size()), error);
  if (must_wait(error)) return Io::wants_read;
  if (error == asio::error::eof) return Io::ended;
  return error ? Io::failed : Io::moved;
}

Channel::Io PlainChannel::write(ByteView first, ByteView second, std::size_t& bytes) {
  const std::array buffers{asio::buffer(first.data(), first.size()),
                           asio::buffer(second.data(), second.size())};
  boost::system::error_code error;
  bytes = socket_.write_some(buffers, error);
  if (must_wait(error)) return Io::wants_write;
  return error ? Io::failed : Io::moved;
}

}  // namespace longshore
