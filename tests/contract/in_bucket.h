#pragma once

#include <memory>
#include <string>

#include "base/units.h"
#include "base/uuid.h"
#include "net/http_client.h"
#include "s3/lists.h"
#include "s3/s3_store.h"
#include "tests/contract/object_store_suite.h"
#include "tests/fakes/memory_store_findings.h"
#include "tests/services/minio_process.h"

namespace longshore {

using services::MinioProcess;

/// The one MinIO of this program, of each kind; there until it ends.
inline MinioProcess& the_minio(MinioProcess::Tls tls) {
  if (tls == MinioProcess::Tls::yes) {
    static MinioProcess with_tls(MinioProcess::Tls::yes);
    return with_tls;
  }
  static MinioProcess plain(MinioProcess::Tls::no);
  return plain;
}

class FixedCredentials final : public aws::CredentialsProvider {
 public:
  FixedCredentials(const std::string& key, const std::string& secret)
      : credentials_(std::make_shared<const aws::Credentials>(
            aws::Credentials{.access_key_id = key, .secret_access_key = Secret(secret)})) {}

  Task<aws::CredentialsPtr> get() override { co_return credentials_; }
  Task<aws::CredentialsPtr> renew(aws::CredentialsPtr rejected) override { co_return rejected; }

 private:
  aws::CredentialsPtr credentials_;
};

/// An S3Store over a fresh bucket of a MinIO.
class InBucket final : public ObjectStoreUnderTest {
 public:
  enum class Versions { none, kept };

  InBucket(MinioProcess::Tls tls, Versions versions) : minio_(the_minio(tls)) {
    await(http_.close());  // each call of a suite has a loop of its own, which no connection may outlive
    await(make_bucket(versions));
    await(store_.find_out());
  }
  ObjectStore& store() override { return store_; }

  std::size_t versions_of(const ObjectKey& key) { return await(count_versions(key)); }

 private:
  Task<std::size_t> count_versions(ObjectKey key) {
    s3::Client client(options_.place, {}, tools_);
    const auto versions = co_await s3::list_versions(client, key);
    co_return versions.size();
  }
  Task<void> make_bucket(Versions versions) {
    s3::Client client(options_.place, {}, tools_);
    s3::Call create{.name = "CreateBucket", .method = "PUT", .key = {}};
    co_await client.send(std::move(create));
    if (versions == Versions::none) co_return;
    s3::Call enable{.name = "PutBucketVersioning",
                    .method = "PUT",
                    .key = {},
                    .query = {{"versioning", ""}},
                    .body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"};
    co_await client.send(std::move(enable));
  }

  MinioProcess& minio_;
  SystemClock clock_;
  SystemRandom random_;
  AsioTimers timers_;
  BufferPool buffers_{16 * MiB};
  HttpClient http_{{.ca_file = minio_.ca_file}, buffers_, timers_};
  FixedCredentials credentials_{minio_.access_key, minio_.secret_key};
  s3::ClientTools tools_{http_, credentials_, timers_, clock_, random_, Log::none()};
  s3::S3Options options_{
      .place = s3::Place({.endpoint = minio_.endpoint, .bucket = "b-" + random_hex(random_, 12)})};
  MemoryStoreFindings findings_{clock_};
  Metrics metrics_;
  s3::S3Store store_{options_, tools_, findings_, metrics_};
};

}  // namespace longshore
