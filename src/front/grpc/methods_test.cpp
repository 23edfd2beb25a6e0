#include "front/grpc/methods.h"

#include <set>
#include <string>

#include "longshore/v1/longshore.pb.h"
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "domain/error.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace longshore::grpc {
namespace {

TEST(Methods, AreThoseOfTheDescriptors) {
  const google::protobuf::FileDescriptor* const files[] = {
      v1::InitiateUploadRequest::descriptor()->file(),
      ::grpc::health::v1::HealthCheckRequest::descriptor()->file(),
      ::grpc::reflection::v1::ErrorResponse::descriptor()->file(),
      ::grpc::reflection::v1alpha::ErrorResponse::descriptor()->file(),
  };
  std::set<std::string> described;
  for (const auto* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        described.insert("/" + file->service(s)->full_name() + "/" + file->service(s)->method(m)->name());
      }
    }
  }
  std::set<std::string> served;
  for (const Method& method : methods()) served.emplace(method.path);
  EXPECT_EQ(served, described);
  EXPECT_EQ(methods().size(), served.size());
}

TEST(Methods, AnyOtherIsRefused) {
  EXPECT_THROW(find_method("/longshore.v1.UploadService/NoSuch"), Error);
  EXPECT_THROW(find_method(""), Error);
  EXPECT_NE(find_method("/longshore.v1.UploadService/UploadChunk").handler, nullptr);
}

}  // namespace
}  // namespace longshore::grpc
