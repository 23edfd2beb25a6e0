#pragma once

#include <optional>
#include <string>

#include "net/http_message.h"
#include "s3/classify.h"
#include "s3/request.h"

/// Where a bucket is and how it is addressed. Pure.
namespace longshore::s3 {

enum class Addressing {
  automatic,     // virtual for AWS where the certificate allows it, else path
  path,          // https://host/bucket/key
  virtual_host,  // https://bucket.host/key
};

struct PlaceOptions {
  std::string endpoint;  // a URL without a path; "": AWS, by the region
  std::string region;    // "": us-east-1
  std::string bucket;
  Addressing addressing = Addressing::automatic;
  bool dual_stack = false;  // of AWS
  bool accelerate = false;  // likewise
};

class Place {
 public:
  /// Throws Error invalid_request, whose field names the option, where the options make no sense.
  explicit Place(PlaceOptions options);

  [[nodiscard]] HttpEndpoint endpoint() const;
  /// Path and query of a call, as sent and signed.
  [[nodiscard]] std::string target(const Call& call) const;
  [[nodiscard]] const std::string& region() const { return options_.region; }
  [[nodiscard]] const std::string& bucket() const { return options_.bucket; }
  [[nodiscard]] bool is_tls() const { return service_.tls; }

  /// Where an answer sends us; nullopt: it names no other place. Never from TLS to plain.
  [[nodiscard]] std::optional<Place> follow(const Answer& answer) const;

  bool operator==(const Place& other) const {
    return service_ == other.service_ && region() == other.region();
  }

 private:
  [[nodiscard]] HttpEndpoint aws_service() const;

  PlaceOptions options_;
  HttpEndpoint service_;  // without the bucket
  bool virtual_host_ = false;
};

}  // namespace longshore::s3
