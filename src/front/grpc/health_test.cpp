#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"
#include "grpc/health/v1/health.pb.h"

namespace longshore::grpc {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

CallAnswer check(GrpcClient& client, const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return client.call("/grpc.health.v1.Health/Check", request);
}

TEST(GrpcHealth, OfTheServerAndOfItsServices) {
  GrpcServer server;
  GrpcClient client(server.port());
  for (const char* service : {"", "longshore.v1.UploadService", "longshore.v1.NodeService"}) {
    EXPECT_EQ(check(client, service).message<HealthCheckResponse>().status(), HealthCheckResponse::SERVING)
        << service;
  }
  EXPECT_EQ(check(client, "longshore.v1").code, 5);
}

TEST(GrpcHealth, OfAServerThatMissesSomething) {
  GrpcServerOptions options;
  options.not_ready = {"catalog: disk full"};
  GrpcServer server(options);
  GrpcClient client(server.port());
  EXPECT_EQ(check(client, "").message<HealthCheckResponse>().status(), HealthCheckResponse::NOT_SERVING);
}

TEST(GrpcHealth, IsWatchedUntilTheDrain) {
  GrpcServer server;
  GrpcClient client(server.port());
  const StreamId watch = client.begin("/grpc.health.v1.Health/Watch");
  client.send(watch, framed(HealthCheckRequest()), true);
  EXPECT_TRUE(client.until([&] { return !client.http2.answer(watch).body.empty(); }));
  auto drained = server.drain(Millis{5000});
  const CallAnswer answer = client.finish(watch);
  EXPECT_EQ(answer.code, 14);
  const auto messages = answer.messages();
  ASSERT_EQ(messages.size(), 2U);
  HealthCheckResponse last;
  ASSERT_TRUE(last.ParseFromString(messages.back()));
  EXPECT_EQ(last.status(), HealthCheckResponse::NOT_SERVING);
  drained.wait();
}

}  // namespace
}  // namespace longshore::grpc
