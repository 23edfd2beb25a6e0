#include "apps/longshored/bucket_check.h"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "apps/longshored/run.h"
#include "apps/longshored/s3_drive.h"
#include "base/units.h"
#include "base/uuid.h"
#include "s3/probe.h"
#include "s3/text_source.h"

namespace longshore::server {
namespace {

using Grade = Finding::Grade;

constexpr std::string_view kText = "Longshore's doctor was here.";
constexpr std::size_t kNameBytes = 8;
constexpr std::int64_t kBufferBytes = 16 * MiB;  // for some seconds, so nobody trims it

/// Stores refuse requests that are signed 15 minutes away from their time.
constexpr Millis kClockDifferenceMax = std::chrono::minutes{5};

/// The doctor changes no catalog, and believes none.
class NoFindings final : public StoreFindings {
 public:
  Task<std::optional<StoreFinding>> load_finding(std::string) override { co_return std::nullopt; }
  Task<void> keep_finding(std::string, std::string) override { co_return; }
};

class BucketCheck {
 public:
  BucketCheck(const DriveConfig& drive, const aws::Environment& environment)
      : name_("bucket " + drive.s3.place.bucket),
        bucket_(drive, environment, {buffers_, files_, timers_, clock_, random_, kept_, metrics_},
                Log::none()) {}
  BucketCheck(const BucketCheck&) = delete;
  BucketCheck& operator=(const BucketCheck&) = delete;
  ~BucketCheck() { files_.join(); }

  Task<std::vector<Finding>> run() {
    if (co_await reach()) {
      co_await look_at_clock();
      co_await upload();
      co_await object();
    }
    co_await bucket_.close();
    co_return std::move(findings_);
  }

 private:
  s3::S3Store& store() { return bucket_.store(); }

  /// Awaits what needs a right; what came of it is a finding. False: it was refused, or could not be asked.
  Task<bool> attempt(std::string what, std::string right, Task<void> call) {
    std::optional<Error> failure;
    try {
      co_await std::move(call);
    } catch (const Error& error) {
      failure = error;
    }
    if (failure) {
      findings_.push_back({Grade::bad, fmt::format("{}: {}: {}", name_, what, failure->message()),
                           advice_on(*failure, right)});
      co_return false;
    }
    findings_.push_back({Grade::good, name_ + ": " + what, ""});
    co_return true;
  }

  Task<bool> reach() {
    const bool reached = co_await attempt("can be uploaded to", "s3:PutObject", find_out());
    if (reached) findings_.push_back({Grade::good, name_ + ": " + known_, ""});
    co_return reached;
  }
  Task<void> find_out() { known_ = co_await store().find_out(); }

  Task<void> look_at_clock() {
    if (!co_await attempt("its objects can be listed", "s3:ListBucket", compare_clocks())) co_return;
    if (!difference_ || std::chrono::abs(*difference_) <= kClockDifferenceMax) co_return;
    findings_.push_back({Grade::worth_a_look,
                         fmt::format("{}: its clock is {} s away from ours", name_,
                                     std::chrono::duration_cast<std::chrono::seconds>(*difference_).count()),
                         "run an NTP client here, or ask the store's operator to"});
  }
  Task<void> compare_clocks() { difference_ = co_await store().clock_difference(); }

  Task<void> upload() {
    if (!co_await attempt("an upload can be begun", "s3:PutObject", create())) co_return;
    co_await attempt("a part can be stored", "s3:PutObject", put_part());
    co_await attempt("parts can be listed", "s3:ListMultipartUploadParts", list_parts());
    co_await attempt("uploads can be listed", "s3:ListBucketMultipartUploads", list_uploads());
    co_await attempt("an upload can be aborted", "s3:AbortMultipartUpload",
                     store().abort_upload(key_, upload_));
  }
  Task<void> create() {
    upload_ = co_await store().create_upload({.key = key_, .headers = {}, .chunk_size = std::nullopt});
  }
  Task<void> put_part() {
    s3::TextSource body(kText);
    co_await store().put_part(
        {.key = key_, .upload = upload_, .number = PartNumber{1}, .size = std::ssize(kText)}, body);
  }
  Task<void> list_parts() { co_await store().list_parts(key_, upload_); }
  Task<void> list_uploads() { co_await store().list_uploads(key_); }

  Task<void> object() {
    if (!co_await attempt("an object with a tag can be stored", "s3:PutObject and s3:PutObjectTagging",
                          put()))
      co_return;
    co_await attempt("an object can be looked at", "s3:GetObject", look_at());
    co_await attempt("an object can be read", "s3:GetObject and s3:GetObjectVersion", read());
    co_await attempt("an object can be deleted, with all its versions",
                     "s3:DeleteObject, s3:DeleteObjectVersion and s3:ListBucketVersions",
                     store().delete_object(key_));
  }
  Task<void> put() {
    s3::TextSource body(kText);
    const StoredObject stored = co_await store().put_object(
        {.key = key_, .headers = {.tags = {{"written-by", "longshored doctor"}}}, .size = std::ssize(kText)},
        body);
    version_ = stored.version_id;
  }
  Task<void> look_at() { co_await store().head(key_); }
  Task<void> read() {
    const auto body = co_await store().get(key_, version_, std::nullopt);
    std::string text;
    for (ByteView piece = co_await body->next(); !piece.empty(); piece = co_await body->next())
      text += as_text(piece);
    if (text != kText) throw Error(Reason::integrity, "what is read is not what was written");
  }

  const std::string name_;
  SystemClock clock_;
  SystemRandom random_;
  AsioTimers timers_;
  BufferPool buffers_{kBufferBytes};
  BlockingPool files_{1};
  NoFindings kept_;
  Metrics metrics_;
  S3Drive bucket_;
  const ObjectKey key_{s3::kProbePrefix + ("doctor-" + random_hex(random_, kNameBytes))};
  std::vector<Finding> findings_;
  std::string known_;
  std::optional<Millis> difference_;  // nullopt: the store does not tell its time
  StoreUploadId upload_;
  std::string version_;
};

}  // namespace

std::string advice_on(const Error& error, const std::string& right) {
  const std::string& code = error.details().store_code;
  if (code == "NoSuchBucket") return "make the bucket, or name the right one in s3.bucket";
  if (code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch")
    return "the key or its secret is not the store's: see s3.access_key, or where credentials come from";
  if (code == "RequestTimeTooSkewed") return "run an NTP client here: the store's time is another";
  if (code == "TlsHandshake") return "name the authority that signed the store's certificate in s3.ca_file";
  if (code == "ChecksumUnsupported") return "set s3.checksum = \"auto\", or use another store";
  if (code == "AccessDenied" || code == "403")
    return fmt::format("grant {} on this bucket and on longshore-probe/*, as docs/buckets.md has it", right);
  if (code.empty() && error.reason() == Reason::store_refused)
    return "mend where credentials come from (s3.credentials)";
  if (code.empty()) return "see s3.endpoint, name resolution and the firewall; is the store up?";
  return "look the store's code up in its documentation; docs/buckets.md says what the server needs";
}

std::vector<Finding> examine_bucket(const DriveConfig& drive, const aws::Environment& environment) {
  try {
    BucketCheck check(drive, environment);
    return run_to_end(check.run());
  } catch (const Error& error) {
    return {{Grade::bad, fmt::format("bucket {}: {}", drive.s3.place.bucket, error.message()),
             advice_on(error, "")}};
  }
}

}  // namespace longshore::server
