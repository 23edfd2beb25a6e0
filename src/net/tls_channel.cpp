#include "net/tls_channel.h"

#include <new>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Wire = TlsChannel::Wire;

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a reset would raise SIGPIPE. This one goes through
// Asio.

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

bool must_wait(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

int wire_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  error_code error;
  const std::size_t bytes = wire_of(bio).socket.read_some(asio::buffer(out, static_cast<std::size_t>(size)),
                                                          error);
  if (!error) return static_cast<int>(bytes);
  if (must_wait(error)) BIO_set_retry_read(bio);
  wire_of(bio).ended |= error == asio::error::eof;
  return wire_of(bio).ended ? 0 : -1;
}

int wire_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  error_code error;
  const std::size_t bytes = wire_of(bio).socket.write_some(asio::buffer(data, static_cast<std::size_t>(size)),
                                                           error);
  if (!error) return static_cast<int>(bytes);
  if (must_wait(error)) BIO_set_retry_write(bio);
  return -1;
}

long wire_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return wire_of(bio).ended ? 1 : 0;
  return 0;
}

struct MethodFree {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

std::unique_ptr<BIO_METHOD, MethodFree> make_wire_method() {
  std::unique_ptr<BIO_METHOD, MethodFree> method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking socket"));
  if (!method) throw std::bad_alloc();
  BIO_meth_set_read(method.get(), wire_read);
  BIO_meth_set_write(method.get(), wire_write);
  BIO_meth_set_ctrl(method.get(), wire_control);
  return method;
}

BIO* make_wire_bio(Wire& wire) {
  static const auto method = make_wire_method();
  BIO* bio = BIO_new(method.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

TlsChannel::TlsChannel(const TlsContext& context, const std::string& host, StreamSocket socket)
    : wire_{std::move(socket)}, session_(context.session_with(host)) {
  BIO* bio = make_wire_bio(wire_);
  SSL_set_bio(session_.get(), bio, bio);  // the session frees it
}

Channel::Io TlsChannel::outcome(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_NONE:
      return Io::moved;
    case SSL_ERROR_WANT_READ:
      return Io::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Io::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Io::ended;
    default: {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      why_ = reason != nullptr ? reason : "the connection is broken";
      return Io::failed;
    }
  }
}

Channel::Io TlsChannel::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  const Io io = outcome(result);
  // Without a word against either side it is the network, or a server that is just ending.
  const bool broken_off = io == Io::failed && SSL_get_verify_result(session_.get()) == X509_V_OK &&
                          (SSL_get_error(session_.get(), result) == SSL_ERROR_SYSCALL ||
                           ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  return broken_off ? Io::ended : io;
}

std::string TlsChannel::why() const {
  const long verdict = SSL_get_verify_result(session_.get());
  return verdict == X509_V_OK ? why_ : X509_verify_cert_error_string(verdict);
}

Channel::Io TlsChannel::read(MutableBytes out, std::size_t& bytes) {
  bytes = 0;
  ERR_clear_error();
  return outcome(SSL_read_ex(session_.get(), out.data(), out.size(), &bytes));
}

Channel::Io TlsChannel::write(ByteView first, ByteView second, std::size_t& bytes) {
  const ByteView now = first.empty() ? second : first;
  bytes = 0;
  ERR_clear_error();
  return outcome(SSL_write_ex(session_.get(), now.data(), now.size(), &bytes));
}

}  // namespace longshore
