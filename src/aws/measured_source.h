#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials_source.h"
#include "obs/metrics.h"

namespace longshore::aws {

/// A source whose failures are counted, by the bucket that the credentials are for. `metrics` outlives it.
class MeasuredSource final : public CredentialsSource {
 public:
  MeasuredSource(std::unique_ptr<CredentialsSource> source, std::string bucket, Metrics& metrics);

  [[nodiscard]] std::string_view name() const override { return source_->name(); }
  Task<Credentials> fetch() override;

 private:
  const std::unique_ptr<CredentialsSource> source_;
  const std::string bucket_;
  Metrics& metrics_;
};

}  // namespace longshore::aws
