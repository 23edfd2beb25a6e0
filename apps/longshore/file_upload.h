#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/input_file.h"
#include "apps/longshore/part_body.h"
#include "apps/longshore/plan.h"
#include "apps/longshore/tools.h"
#include "apps/longshore/transfer.h"

namespace longshore::cli {

/// What is to go where.
struct UploadTask {
  std::filesystem::path file;
  std::string connector;
  std::string path;
  std::string name;
  std::optional<std::int64_t> part_bytes;  // nullopt: as the server advises
  std::int64_t parallel = 4;
};

/// What came of it.
struct Uploaded {
  std::string node_id;
  std::int64_t size = 0;
  std::string etag;
  std::string version_id;
  std::string crc32c;
  std::int64_t sent = 0;  // bytes of it by this run
  double seconds = 0;
  bool was_there = false;  // an earlier run had completed it
};

/// The upload of one file: finds the upload that an earlier run began, sends in parallel what the server
/// lacks, completes it. Used once, on the loop's thread.
class FileUpload {
 public:
  /// Opens the file; throws Failure FILE_ERROR.
  FileUpload(Tools& tools, UploadTask task);
  FileUpload(const FileUpload&) = delete;
  FileUpload& operator=(const FileUpload&) = delete;

  /// Throws Failure, which says too how the upload stands. A file that changed meanwhile, or since an earlier
  /// run, has its upload cancelled before. When cancelled itself (operation_aborted), the upload stays open
  /// at the server for the next run, and the user has been told so.
  boost::asio::awaitable<Uploaded> run();

 private:
  boost::asio::awaitable<void> transfer();
  boost::asio::awaitable<void> find_upload();
  boost::asio::awaitable<InitiateResponse> initiate(int attempt);
  boost::asio::awaitable<bool> is_done_already(const InitiateResponse& upload);
  boost::asio::awaitable<void> learn_what_is_there();
  boost::asio::awaitable<void> send_parts(std::vector<std::int64_t> parts);
  boost::asio::awaitable<void> send_from_queue();
  boost::asio::awaitable<void> send_part(std::int64_t part);
  boost::asio::awaitable<std::uint32_t> part_crc32c(std::int64_t part);
  boost::asio::awaitable<std::uint32_t> whole_crc32c();
  boost::asio::awaitable<void> complete();
  boost::asio::awaitable<CompleteResponse> complete_once(const CompleteRequest& request);
  boost::asio::awaitable<CompleteResponse> ask_for_outcome(const CompleteRequest& request);
  boost::asio::awaitable<std::optional<UploadState>> settle_after(const Failure& failure);
  void note_interruption();
  [[nodiscard]] const PartPlan& plan() const { return *plan_; }
  [[nodiscard]] FileRange range(std::int64_t part) const {
    return {plan().offset(part), plan().length(part)};
  }

  Tools& tools_;
  UploadTask task_;
  InputFile file_;
  Transfer transfer_;
  ShownWaits waits_{tools_.api, transfer_};
  UploadLimits limits_;
  std::optional<PartPlan> plan_;
  std::string upload_id_;                           // "" until one is found or begun
  bool was_begun_before_ = false;                   // by an earlier run, which may have sent parts
  bool may_be_complete_ = false;                    // it was asked for
  std::vector<std::int64_t> missing_;               // to be sent
  std::vector<std::optional<std::uint32_t>> crcs_;  // a part each, where it is known
  std::deque<std::int64_t> queue_;
  std::int64_t bytes_there_ = 0;  // of earlier runs
  std::optional<Uploaded> result_;
};

}  // namespace longshore::cli
