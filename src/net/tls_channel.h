#pragma once

#include <memory>
#include <string>

#include "net/channel.h"
#include "net/tls_context.h"

namespace longshore {

/// A channel by TLS over a non-blocking socket. Shake hands first, then read and write.
class TlsChannel final : public Channel {
 public:
  TlsChannel(const TlsContext& context, const std::string& host, StreamSocket socket);

  /// moved: done; wants_...: again then; failed: see why().
  /// failed: one side does not trust the other, or they do not speak one protocol. ended: it was broken off.
  Io handshake();
  /// After a handshake that failed, for people: what is wrong with the certificate, or with the protocol.
  [[nodiscard]] std::string why() const;

  Io read(MutableBytes out, std::size_t& bytes) override;
  Io write(ByteView first, ByteView second, std::size_t& bytes) override;
  StreamSocket& socket() override { return wire_.socket; }

  /// What OpenSSL reads from and writes to.
  struct Wire {
    StreamSocket socket;
    bool ended = false;
  };

 private:
  Io outcome(int result);

  Wire wire_;
  std::unique_ptr<SSL, OpensslFree> session_;
  std::string why_;
};

}  // namespace longshore
