#include <set>

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace longshore::grpc {
namespace {

using ::grpc::reflection::v1::ServerReflectionRequest;
using ::grpc::reflection::v1::ServerReflectionResponse;

class GrpcReflection : public testing::Test {
 protected:
  static constexpr const char* kV1 = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  static constexpr const char* kV1Alpha = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

  ServerReflectionResponse ask(const ServerReflectionRequest& question, const char* method = kV1) {
    return client.call(method, question).message<ServerReflectionResponse>();
  }

  GrpcServer server;
  GrpcClient client{server.port()};
};

TEST_F(GrpcReflection, NamesTheServices) {
  ServerReflectionRequest question;
  question.set_list_services("");
  for (const char* method : {kV1, kV1Alpha}) {
    const auto answer = ask(question, method);
    std::set<std::string> names;
    for (const auto& service : answer.list_services_response().service()) names.insert(service.name());
    EXPECT_EQ(names, (std::set<std::string>{"longshore.v1.UploadService", "longshore.v1.NodeService",
                                            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                            "grpc.reflection.v1alpha.ServerReflection"}));
  }
}

TEST_F(GrpcReflection, GivesAFileWithAllThatItImports) {
  ServerReflectionRequest question;
  question.set_file_containing_symbol("google.rpc.Status");
  const auto answer = ask(question);
  std::vector<std::string> files;
  for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
    google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(bytes));
    files.push_back(file.name());
  }
  EXPECT_EQ(files, (std::vector<std::string>{"google/rpc/status.proto", "google/protobuf/any.proto"}));
  question.set_file_by_filename("longshore/v1/longshore.proto");
  EXPECT_EQ(ask(question).file_descriptor_response().file_descriptor_proto_size(), 1);
}

TEST_F(GrpcReflection, NamesOfJsonAreGivenToo) {
  ServerReflectionRequest question;
  question.set_file_by_filename("longshore/v1/longshore.proto");
  google::protobuf::FileDescriptorProto file;
  const auto answer = ask(question);
  ASSERT_TRUE(file.ParseFromString(answer.file_descriptor_response().file_descriptor_proto(0)));
  for (const auto& message : file.message_type()) {
    for (const auto& field : message.field()) EXPECT_FALSE(field.json_name().empty()) << field.name();
  }
}

TEST(GrpcReflectionLimits, EachQuestionIsARequest) {
  GrpcServerOptions options;
  options.client_limits.request_rate = 1;
  GrpcServer server(options);
  GrpcClient client(server.port());
  ServerReflectionRequest question;
  question.set_list_services("");
  std::string questions;
  for (int i = 0; i < 10; ++i) questions += framed(question);
  const CallAnswer answer = client.call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                        questions);
  EXPECT_EQ(answer.reason, "RATE_LIMITED");
  EXPECT_LT(answer.messages().size(), 5U);
}

TEST_F(GrpcReflection, SaysWhatItDoesNotHave) {
  ServerReflectionRequest question;
  question.set_file_containing_symbol("no.such.Thing");
  EXPECT_EQ(ask(question).error_response().error_code(), 5);
  question.set_file_by_filename("no.proto");
  EXPECT_EQ(ask(question).error_response().error_code(), 5);
  question.set_all_extension_numbers_of_type("longshore.v1.Node");
  EXPECT_EQ(ask(question).error_response().error_code(), 5);
  EXPECT_EQ(client.call(kV1, ServerReflectionRequest()).code, 3);
  EXPECT_EQ(client.call(kV1, framed(std::string(20'000, 'x'))).code, 8);
}

TEST_F(GrpcReflection, NoQuestionWaitsForAWindowThatDoesNotCome) {
  ServerReflectionRequest question;
  const StreamId stream = client.begin(kV1);
  question.set_file_by_filename(std::string(300, 'x'));
  client.send(stream, framed(question));
  EXPECT_TRUE(client.until([&] { return !client.http2.answer(stream).body.empty(); }));
  question.set_file_by_filename(std::string(800, 'x'));
  client.send(stream, framed(question));
  EXPECT_EQ(client.finish(stream).code, 8);
}

TEST_F(GrpcReflection, AnswersEachQuestionOfAStream) {
  ServerReflectionRequest question;
  question.set_file_by_filename("longshore/v1/events.proto");
  const StreamId stream = client.begin(kV1);
  for (std::size_t count = 1; count <= 3; ++count) {
    client.send(stream, framed(question));
    EXPECT_TRUE(client.until([&] {
      CallAnswer so_far;
      so_far.body = client.http2.answer(stream).body;
      return so_far.messages().size() == count;
    }));
  }
  std::string many;
  for (int i = 0; i < 1000; ++i) many += framed(question);  // many first windows
  client.send(stream, many, true);
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 0);
  EXPECT_EQ(answer.messages().size(), 1003U);
}

}  // namespace
}  // namespace longshore::grpc
