#include "apps/longshore/file_upload.h"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "apps/longshore/failure.h"
#include "base/hash.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

/// Uploads of one and the same file that ended without success, in the seven days that a key is kept.
constexpr int kMaxAttempts = 100;
/// A part that arrives with another checksum than it was announced with: the network or the file; more than a
/// few are a defect.
constexpr int kMaxDigestMismatches = 3;
/// How often the server may name missing parts again after they were sent. Each round but the first means it
/// lost some.
constexpr int kMaxRounds = 10;
/// The store may take a quarter of an hour to tell the outcome, and once more if a server dies while it
/// waits.
constexpr Millis kOutcomeLimit{2'400'000};
constexpr Millis kOutcomePeriod{1'000};

std::string shown_name(const UploadTask& task) {
  return task.path.empty() ? task.name : task.path + "/" + task.name;
}

std::int64_t total_length(const PartPlan& plan, const std::vector<std::int64_t>& parts) {
  std::int64_t bytes = 0;
  for (const std::int64_t part : parts) bytes += plan.length(part);
  return bytes;
}

}  // namespace

FileUpload::FileUpload(Tools& tools, UploadTask task)
    : tools_(tools),
      task_(std::move(task)),
      file_(task_.file),
      transfer_(tools.console, tools.timers, shown_name(task_), file_.version().size) {}

asio::awaitable<Uploaded> FileUpload::run() {
  std::optional<Failure> failure;
  try {
    co_await transfer_.show_during(transfer());
  } catch (const Failure& f) {
    failure = f;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted && !upload_id_.empty()) note_interruption();
    throw;
  }
  tools_.console.clear();
  if (failure && !upload_id_.empty()) {
    const std::optional<UploadState> state = co_await settle_after(*failure);
    throw Failure(
        failure->reason,
        failure->detail() + "; " + how_to_go_on(upload_id_, state, failure->reason == reasons::kFileChanged));
  }
  if (failure) throw *failure;
  result_->sent = result_->was_there ? 0 : result_->size - bytes_there_;
  result_->seconds = transfer_.seconds();
  co_return *result_;
}

asio::awaitable<void> FileUpload::transfer() {
  limits_ = co_await tools_.api.limits(file_.version().size);
  plan_.emplace(file_.version().size, choose_chunk_size(task_.part_bytes, limits_));
  co_await find_upload();
  if (result_) co_return;
  co_await send_parts(missing_);
  co_await complete();
}

asio::awaitable<InitiateResponse> FileUpload::initiate(int attempt) {
  const FileVersion& version = file_.version();
  const std::int64_t chunk_size = choose_chunk_size(task_.part_bytes, limits_);
  const UploadIdentity identity{
      .connector = task_.connector,
      .path = task_.path,
      .name = task_.name,
      .absolute_file = std::filesystem::absolute(task_.file).lexically_normal().string(),
      .size = version.size,
      .modified_ns = version.modified_ns,
      .inode = version.inode,
      .chunk_size = chunk_size};
  const InitiateRequest request{.connector_id = task_.connector,
                                .path = task_.path,
                                .name = task_.name,
                                .expected_size = version.size,
                                .chunk_size = chunk_size,
                                .idempotency_key = idempotency_key(identity, attempt)};
  std::optional<Failure> failure;
  try {
    co_return co_await tools_.api.initiate(request);
  } catch (const Failure& f) {
    failure = f;
  }
  if (failure->reason == "UPLOAD_IN_PROGRESS" && !failure->upload_id.empty()) {
    throw Failure(failure->reason,
                  failure->detail() + " (upload " + failure->upload_id +
                      ": begun elsewhere, with another part size, or from an earlier state of the file; "
                      "to drop it: longshore cancel " +
                      failure->upload_id + ")");
  }
  throw *failure;
}

asio::awaitable<void> FileUpload::find_upload() {
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    const InitiateResponse upload = co_await initiate(attempt);
    const NextStep step = next_step(upload.state);
    if (step == NextStep::try_again) continue;
    if (step == NextStep::look) {
      if (co_await is_done_already(upload)) co_return;
      continue;
    }
    upload_id_ = upload.upload_id;
    was_begun_before_ = upload.state != UploadState::pending;
    crcs_.assign(static_cast<std::size_t>(plan().count()), std::nullopt);
    if (upload.state == UploadState::pending) {
      missing_ = parts_to_send(plan(), {});
    } else {
      co_await learn_what_is_there();
    }
    co_return;
  }
  throw Failure(reasons::kUploadEnded,
                std::to_string(kMaxAttempts) + " uploads of this file ended without success");
}

asio::awaitable<bool> FileUpload::is_done_already(const InitiateResponse& upload) {
  const UploadStatus status = co_await tools_.api.status(upload.upload_id);
  std::optional<Node> node;
  try {
    node = co_await tools_.api.node(upload.node_id);
  } catch (const Failure& failure) {
    if (failure.reason != "NOT_FOUND" && failure.reason != "NODE_DELETED") throw;
  }
  if (!node || !is_still_there(status, *node)) co_return false;
  result_ = Uploaded{.node_id = node->node_id,
                     .size = node->size,
                     .etag = node->etag,
                     .version_id = node->version_id,
                     .crc32c = node->crc32c,
                     .was_there = true};
  co_return true;
}

asio::awaitable<void> FileUpload::learn_what_is_there() {
  const UploadStatus status = co_await tools_.api.status(upload_id_);
  if (next_step(status.state) != NextStep::send) co_return;  // its outcome is near, complete() will tell
  missing_ = parts_to_send(plan(), status.received_chunks);
  bytes_there_ = plan().size() - total_length(plan(), missing_);
  transfer_.begin_at(bytes_there_);
  const auto there = static_cast<std::size_t>(plan().count()) - missing_.size();
  tools_.console.note(shown_name(task_) + ": going on with upload " + upload_id_ + ", " +
                      std::to_string(there) + " of " + std::to_string(plan().count()) + " parts are there");
}

asio::awaitable<void> FileUpload::send_parts(std::vector<std::int64_t> parts) {
  if (parts.empty()) co_return;
  queue_.assign(parts.begin(), parts.end());
  auto executor = co_await asio::this_coro::executor;
  const std::int64_t workers = choose_parallel(task_.parallel, limits_,
                                               static_cast<std::int64_t>(parts.size()));
  std::vector<decltype(asio::co_spawn(executor, send_from_queue(), asio::deferred))> senders;
  senders.reserve(static_cast<std::size_t>(workers));
  for (std::int64_t i = 0; i < workers; ++i) {
    senders.push_back(asio::co_spawn(executor, send_from_queue(), asio::deferred));
  }
  auto group = asio::experimental::make_parallel_group(std::move(senders));
  auto [order, errors] = co_await group.async_wait(asio::experimental::wait_for_one_error(),
                                                   asio::use_awaitable);
  for (const std::size_t sender : order) {  // the first that failed; the others were only cancelled with it
    if (errors[sender]) std::rethrow_exception(errors[sender]);
  }
}

asio::awaitable<void> FileUpload::send_from_queue() {
  while (!queue_.empty()) {
    const std::int64_t part = queue_.front();
    queue_.pop_front();
    co_await send_part(part);
  }
}

asio::awaitable<void> FileUpload::send_part(std::int64_t part) {
  for (int mismatches = 0;;) {
    const std::uint32_t crc = co_await part_crc32c(part);
    const PartRequest request{.upload_id = upload_id_, .number = part, .crc32c = crc};
    PartBody body(file_, tools_.pool, range(part), transfer_.bytes());
    std::optional<Failure> failure;
    try {
      co_await tools_.api.put_part(request, body);
      co_return;
    } catch (const Failure& f) {
      failure = f;
    }
    if (failure->reason != "DIGEST_MISMATCH" || ++mismatches == kMaxDigestMismatches) throw *failure;
    co_await tools_.pool.run([this] { file_.check_unchanged(); });
    body.rewind();
    crcs_[static_cast<std::size_t>(part)].reset();
  }
}

asio::awaitable<std::uint32_t> FileUpload::part_crc32c(std::int64_t part) {
  auto& crc = crcs_[static_cast<std::size_t>(part)];
  if (!crc) crc = co_await range_crc32c(file_, tools_.pool, range(part));
  co_return *crc;
}

asio::awaitable<std::uint32_t> FileUpload::whole_crc32c() {
  std::vector<std::uint32_t> crcs;
  crcs.reserve(crcs_.size());
  for (std::int64_t part = 0; part < plan().count(); ++part) crcs.push_back(co_await part_crc32c(part));
  co_return combined_crc32c(plan(), crcs);
}

asio::awaitable<void> FileUpload::complete() {
  const std::uint32_t crc = co_await whole_crc32c();
  co_await tools_.pool.run([this] { file_.check_unchanged(); });
  const CompleteRequest request{
      .upload_id = upload_id_, .total_chunks = plan().count(), .expected_crc32c = crc32c_to_base64(crc)};
  for (int round = 0; round < kMaxRounds; ++round) {
    const CompleteResponse outcome = co_await ask_for_outcome(request);
    if (outcome.state == UploadState::completed) {
      if (outcome.size != plan().size() ||
          (!outcome.crc32c.empty() && outcome.crc32c != request.expected_crc32c)) {
        throw Failure(reasons::kContentDiffers,
                      "the server completed upload " + upload_id_ + " with other bytes than were sent");
      }
      result_ = Uploaded{.node_id = outcome.node_id,
                         .size = outcome.size,
                         .etag = outcome.etag,
                         .version_id = outcome.version_id,
                         .crc32c = outcome.crc32c};
      co_return;
    }
    const std::vector<std::int64_t> missing = parts_named(plan(), outcome.missing_chunks);
    transfer_.begin_at(plan().size() - total_length(plan(), missing));
    co_await send_parts(missing);
  }
  throw Failure(reasons::kProtocol, "the server names missing parts again and again");
}

/// What an earlier run sent is compared here: the file may have changed since in a way that its size, time
/// and inode do not show.
asio::awaitable<CompleteResponse> FileUpload::complete_once(const CompleteRequest& request) {
  try {
    co_return co_await tools_.api.complete(request);
  } catch (const Failure& failure) {
    if (failure.reason != "DIGEST_MISMATCH" || !was_begun_before_) throw;
  }
  throw Failure(reasons::kFileChanged, shown_name(task_) +
                                           " has changed since an earlier run sent a part of it, though its "
                                           "size and times are the same");
}

/// Asks until the outcome is known: COMPLETED, or parts are missing.
asio::awaitable<CompleteResponse> FileUpload::ask_for_outcome(const CompleteRequest& request) {
  const auto deadline = std::chrono::steady_clock::now() + kOutcomeLimit;
  may_be_complete_ = true;
  while (std::chrono::steady_clock::now() < deadline) {
    const CompleteResponse response = co_await complete_once(request);
    const bool is_missing = response.state == UploadState::uploading && !response.missing_chunks.empty();
    may_be_complete_ = !is_missing;
    if (response.state == UploadState::completed || is_missing) co_return response;
    if (response.state != UploadState::completing) {
      throw Failure(reasons::kProtocol,
                    "the server answers complete with the state " + to_string(response.state));
    }
    co_await tools_.timers.sleep_for(kOutcomePeriod);
  }
  throw Failure("UPLOAD_COMPLETING", "the outcome is not known after " + format_duration(kOutcomeLimit));
}

/// Drops an upload that can only become a mixture. The state that a failed run leaves behind; nullopt: the
/// server does not tell.
asio::awaitable<std::optional<UploadState>> FileUpload::settle_after(const Failure& failure) {
  if (failure.cure != Failure::Cure::none) co_return std::nullopt;  // it was waited for in vain
  if (failure.reason == reasons::kFileChanged) {
    try {
      co_await tools_.api.cancel(upload_id_);
    } catch (const Failure&) {  // the state tells
    }
  }
  try {
    co_return (co_await tools_.api.status(upload_id_)).state;
  } catch (const Failure&) {
    co_return std::nullopt;
  }
}

void FileUpload::note_interruption() {
  tools_.console.clear();
  tools_.console.note(
      "interrupted; " +
      how_to_go_on(upload_id_, may_be_complete_ ? UploadState::completing : UploadState::uploading, false));
}

}  // namespace longshore::cli
