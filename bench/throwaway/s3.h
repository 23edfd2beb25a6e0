#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "net/http_message.h"

namespace longshore::bench {

/// A request whose body has been thrown away, or kept where it is small.
struct S3Request {
  std::string method;
  std::string key;  // with its bucket
  std::map<std::string, std::string> query;
  HttpFields fields;
  std::int64_t size = 0;  // of the bytes that it brings, without their coding
  std::string body;       // of a call's document and of small objects
  HttpField checksum;     // in a field or a trailer: "x-amz-checksum-...", as it was sent; empty name: none
};

struct S3Answer {
  int status = 200;
  HttpFields fields = {};
  std::string body = {};
  std::int64_t length = -1;  // announced to HEAD; -1: that of the body
};

/// What the throw-away store answers: it believes every checksum and signature, and remembers of an object
/// its size and fields alone, unless it is small. Thread-safe.
class ThrowawayS3 {
 public:
  /// Bodies up to this size are kept. tusd reads its records back.
  static constexpr std::int64_t kKeptBytesMax = 8 * 1024;

  S3Answer answer(const S3Request& request);

 private:
  struct Part {
    std::int64_t size = 0;
    HttpField checksum;
  };
  struct Object {
    std::int64_t size = 0;
    HttpFields fields;  // its metadata, checksum and ETag
    std::string body;
  };
  struct Upload {
    std::string key;
    HttpFields fields;
    std::map<int, Part> parts;
  };

  S3Answer create(const S3Request& request);
  S3Answer put_part(const S3Request& request);
  S3Answer put_object(const S3Request& request);
  S3Answer complete(const S3Request& request);
  S3Answer abort(const S3Request& request);
  S3Answer list_parts(const S3Request& request);
  S3Answer list_uploads(const S3Request& request);
  S3Answer get(const S3Request& request);

  std::mutex mutex_;
  std::int64_t last_id_ = 0;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, Object> objects_;
};

}  // namespace longshore::bench
