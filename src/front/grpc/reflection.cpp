#include <set>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "front/grpc/call.h"
#include "front/grpc/chunk_decoder.h"
#include "front/grpc/handlers.h"
#include "front/grpc/message_reader.h"
#include "front/grpc/methods.h"
#include "grpc/reflection/v1/reflection.pb.h"

namespace longshore::grpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using ::grpc::reflection::v1::ServerReflectionRequest;
using ::grpc::reflection::v1::ServerReflectionResponse;

const DescriptorPool& pool() { return *DescriptorPool::generated_pool(); }

void answer_not_found(const std::string& what, ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(static_cast<std::int32_t>(GrpcCode::not_found));
  response.mutable_error_response()->set_error_message("this server has no " + what);
}

/// The file, and all that it imports.
void add_file(const FileDescriptor& file, std::set<const FileDescriptor*>& added,
              ServerReflectionResponse& response) {
  if (!added.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  file.CopyJsonNameTo(&proto);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), added, response);
}

void answer_file(const FileDescriptor* file, const std::string& what, ServerReflectionResponse& response) {
  std::set<const FileDescriptor*> added;
  if (file == nullptr) return answer_not_found(what, response);
  add_file(*file, added, response);
}

void answer_services(ServerReflectionResponse& response) {
  std::set<std::string> names;
  for (const Method& method : methods()) {
    names.emplace(method.path.substr(1, method.path.rfind('/') - 1));
  }
  for (const std::string& name : names)
    response.mutable_list_services_response()->add_service()->set_name(name);
}

ServerReflectionResponse answer(const ServerReflectionRequest& request) {
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      answer_file(pool().FindFileByName(request.file_by_filename()), "such file", response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      answer_file(pool().FindFileContainingSymbol(request.file_containing_symbol()), "such symbol", response);
      break;
    case ServerReflectionRequest::kListServices:
      answer_services(response);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      answer_not_found("extensions", response);
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      throw Error{Reason::invalid_request, "the message asks for nothing"};
  }
  return response;
}

}  // namespace

Task<void> reflect(Call& call) {
  // nghttp2 tells the client of a window given back once it is half of it: a longer one might never be whole.
  constexpr auto kQuestionBytesMax = static_cast<std::int64_t>(Http2Session::kFirstWindowBytes / 2 -
                                                               kPrefixBytes);
  call.becomes_watcher();  // clients keep such a stream open
  MessageReader reader(call.inbox());
  for (bool first = true; const auto length = co_await reader.next_length(); first = false) {
    const GrpcContext& context = call.context();
    if (!first)
      context.limits.admit_request(call.client(), context.ports.clock.now());  // as a call of its own
    if (*length > kQuestionBytesMax)
      throw Error{
          Reason::payload_too_large, "such a long question has no answer", {.limit = kQuestionBytesMax}};
    ServerReflectionRequest request;
    co_await reader.read(request, *length);
    co_await call.send(answer(request));
  }
}

}  // namespace longshore::grpc
