#include "net/tls_channel.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include "net/http_client_fixture_test.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/fakes/test_certificates.h"

namespace longshore {
namespace {

using fakes::answer_each;
using fakes::ok;
using fakes::Peer;
using fakes::ScriptedServer;
using fakes::SeenRequest;
using fakes::TestAuthority;

/// The client against servers with certificates of all kinds.
class TlsTest : public HttpClientFixture {
 protected:
  TlsTest() {
    options_.ca_file = folder_.file("ca.pem");
    std::ofstream(options_.ca_file) << authority_.pem();
  }

  static HttpRequest get_by_name(const ScriptedServer& server, std::string host = "localhost") {
    HttpRequest request = get(server);
    request.endpoint.tls = true;
    request.endpoint.host = std::move(host);
    return request;
  }
  /// What becomes of a request to a server that has such a certificate.
  Outcome ask_server(const TestAuthority::ServerOptions& options, const std::string& host = "localhost") {
    ScriptedServer server({answer_each([](const SeenRequest&) { return ok("secret"); })},
                          authority_.server(options));
    return ask(get_by_name(server, host));
  }
  static bool says(const Outcome& out, const std::string& reason) {
    return out.failure == HttpFailure::untrusted && out.sent == HttpError::Sent::nothing &&
           out.message.find(reason) != std::string::npos;
  }

  TemporaryFolder folder_;
  const TestAuthority authority_{"test authority"};
};

TEST_F(TlsTest, TakesAServerOfThatNameOrAddress) {
  EXPECT_EQ(ask_server({}).body, "secret");
  EXPECT_EQ(ask_server({}, "127.0.0.1").body, "secret");
  EXPECT_EQ(ask_server({.tls_version_max = TLS1_2_VERSION}).body, "secret");
}

TEST_F(TlsTest, AHandshakeThatIsBrokenOffMayBeTriedAgain) {
  for (const bool reset : {false, true}) {
    ScriptedServer server({[reset](Peer& peer) {
      peer.read(5);  // of the client's hello
      if (reset) peer.reset();
    }});
    const Outcome out = ask(get_by_name(server));
    EXPECT_EQ(out.failure, HttpFailure::unreachable) << out.message;
    EXPECT_EQ(out.sent, HttpError::Sent::nothing);
  }
}

TEST_F(TlsTest, RefusesEveryOther) {
  EXPECT_TRUE(says(ask_server({.alternative_names = "DNS:example.org"}), "hostname mismatch"));
  EXPECT_TRUE(says(ask_server({.alternative_names = "DNS:localhost"}, "127.0.0.1"), "IP address mismatch"));
  EXPECT_TRUE(says(ask_server({.alternative_names = "DNS:local*"}), "hostname mismatch"));
  EXPECT_TRUE(says(ask_server({.expired = true}), "certificate has expired"));
  EXPECT_TRUE(says(ask_server({.tls_version_max = TLS1_1_VERSION}), "protocol version"));
}

TEST_F(TlsTest, RefusesAnUnknownAuthority) {
  const TestAuthority another("test authority");
  ScriptedServer server({[](Peer& peer) { EXPECT_EQ(peer.read_head().head, ""); }}, another.server({}));
  EXPECT_TRUE(says(ask(get_by_name(server)), "certificate"));

  options_.ca_file = "";  // the system's
  EXPECT_TRUE(says(ask_server({}), "certificate"));
}

TEST_F(TlsTest, TheSystemsAuthoritiesAreReadForTheFirstSession) {
  const char* before = std::getenv("SSL_CERT_FILE");
  const std::optional<std::string> systems = before == nullptr ? std::nullopt : std::optional(before);
  const TlsContext context("");
  ::setenv("SSL_CERT_FILE", options_.ca_file.c_str(), 1);
  const auto session = context.session_with("localhost");
  const X509_STORE* known = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(session.get()));
  EXPECT_EQ(sk_X509_OBJECT_num(X509_STORE_get0_objects(known)), 1);
  if (systems) {
    ::setenv("SSL_CERT_FILE", systems->c_str(), 1);
  } else {
    ::unsetenv("SSL_CERT_FILE");
  }
}

TEST_F(TlsTest, RefusesWhatIsNoTls) {
  ScriptedServer server({[](Peer& peer) { peer.send("this is no TLS at all\r\n\r\n"); }});
  EXPECT_TRUE(says(ask(get_by_name(server)), "wrong version number"));
}

TEST_F(TlsTest, AFileWithoutCertificatesIsAnError) {
  std::ofstream(folder_.file("empty.pem")) << "nothing";
  EXPECT_THROW(TlsContext(folder_.file("empty.pem")), std::runtime_error);
  EXPECT_THROW(TlsContext(folder_.file("absent.pem")), std::runtime_error);
}

TEST_F(TlsTest, MuchInBothDirectionsOverOneConnection) {
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 7);
  ScriptedServer server(
      {answer_each([&](const SeenRequest& seen) { return ok(seen.body == bytes ? bytes : "no"); })},
      authority_.server({}));
  PieceBody first(bytes, 300'000);
  PieceBody second(bytes, 7'777);
  std::string received;
  const auto exchange = [&](HttpRequest request) -> Task<void> {
    HttpAnswer answer = co_await client().send(std::move(request));
    received.clear();
    for (ByteView piece = co_await answer.next(); !piece.empty(); piece = co_await answer.next())
      received += as_text(piece);
    EXPECT_TRUE(received == bytes);
  };
  const auto exchange_two = [&](HttpRequest one, HttpRequest other) -> Task<void> {
    co_await exchange(std::move(one));
    co_await exchange(std::move(other));
  };
  const auto put_by_name = [&](HttpBody& body) {
    HttpRequest request = get_by_name(server);
    request.method = "PUT";
    request.body = &body;
    return request;
  };
  run(exchange_two(put_by_name(first), put_by_name(second)));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(TlsTest, AnEarlyRefusalStopsTheSending) {
  ScriptedServer server({[](Peer& peer) {
                          peer.read_head();
                          peer.send("HTTP/1.1 503 Slow Down\r\nContent-Length: 8\r\n\r\nSlowDown");
                          peer.wait_for_close();
                        }},
                        authority_.server({}));
  PieceBody body(std::string(32 * 1024 * 1024, 'x'), 256 * 1024);
  HttpRequest request = get_by_name(server);
  request.method = "PUT";
  request.body = &body;
  const Outcome out = ask(std::move(request));
  EXPECT_EQ(out.status, 503);
  EXPECT_EQ(out.body, "SlowDown");
}

TEST_F(TlsTest, AnEndWithoutGoodbyeIsNoEnd) {
  const auto answer_until_close = [this](bool in_due_form) {
    ScriptedServer server({[=](Peer& peer) {
                            peer.read_head();
                            peer.send("HTTP/1.1 200 OK\r\n\r\nmay be cut");
                            if (in_due_form) {
                              peer.end_sending();
                              peer.wait_for_close();
                            } else {
                              peer.reset();
                            }
                          }},
                          authority_.server({}));
    return ask(get_by_name(server));
  };
  EXPECT_EQ(answer_until_close(true).body, "may be cut");
  EXPECT_EQ(answer_until_close(false).failure, HttpFailure::lost);
}

TEST_F(TlsTest, AHandshakeThatHangsEndsInTime) {
  ScriptedServer server({[](Peer& peer) { peer.wait_for_close(); }});
  HttpRequest request = get_by_name(server);
  request.timeouts.connect = Millis{100};
  const Outcome out = ask(std::move(request));
  EXPECT_EQ(out.failure, HttpFailure::unreachable);
  EXPECT_NE(out.message.find("cannot be reached within 100 ms"), std::string::npos);
}

}  // namespace
}  // namespace longshore
