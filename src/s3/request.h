#pragma once

#include <string>
#include <string_view>

#include "aws/sigv4.h"
#include "net/http_message.h"
#include "ports/object_store.h"
#include "s3/answers.h"
#include "s3/checksum.h"

/// Each call to S3 as a value: what is the same at every try, whatever the host, the time and the
/// credentials. Pure.
namespace longshore::s3 {

/// Where a call's body comes from, which decides what is signed of it.
enum class Payload {
  text,              // Call::body, hashed
  streamed,          // pulled from a body source; not hashed
  streamed_trailer,  // likewise, in aws-chunked coding, its checksum behind it
};

/// When a call is sent again.
enum class Repeat {
  always,     // twice is as good as once
  not_done,   // if it was surely not done
  by_caller,  // its caller does, who books each time: never two of them at a time
};

struct Call {
  const char* name;  // as S3's documentation has it: for messages
  const char* method;
  ObjectKey key;  // empty: the bucket itself
  aws::QueryParameters query = {};
  HttpFields fields = {};  // lower-case names
  Payload payload = Payload::text;
  std::string body = {};  // of Payload::text
  Repeat repeat = Repeat::always;
};

Call create_upload_call(const CreateUpload& request, const ChecksumPlan& plan);
Call put_part_call(const PutPart& request, const ChecksumPlan& plan);
/// `checksum`: of the whole, as S3 writes it; empty: not known.
Call complete_upload_call(const CompleteUpload& request, const ChecksumPlan& plan,
                          const std::string& checksum);
Call abort_upload_call(const ObjectKey& key, const StoreUploadId& upload);
Call list_parts_call(const ObjectKey& key, const StoreUploadId& upload, const std::string& marker);
Call list_uploads_call(const ObjectKey& key, const UploadsMarker& marker);
Call put_object_call(const PutObject& request, const ChecksumPlan& plan);
Call head_call(const ObjectKey& key, const ChecksumPlan& plan);
Call get_call(const ObjectKey& key, const std::string& version_id, const std::optional<ByteRange>& range);
Call list_versions_call(const ObjectKey& key, const VersionsMarker& marker);
Call list_objects_call(const ObjectKey& key);
/// `version_id` empty: the object of a bucket without versions.
Call delete_call(const ObjectKey& key, const std::string& version_id);

// What S3 calls our own words, in both directions.
HttpFields fields_of(const ObjectHeaders& headers);
ObjectHeaders headers_of(const HttpFields& fields);

}  // namespace longshore::s3
