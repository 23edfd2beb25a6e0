#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace longshore::cli {

/// Where downloaded bytes go. Calls block on the disk: run them on the pool, one at a time. All throw Failure
/// FILE_ERROR.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  /// Bytes that an earlier run left here, to be kept if they are of the same content.
  [[nodiscard]] virtual std::int64_t kept_bytes() const { return 0; }
  virtual void read_kept(std::int64_t offset, MutableBytes into);
  /// Puts the first bytes of `piece` behind what is there. How many they were: 0 if a reader lets the output
  /// wait; then this returns after 100 ms, so that who is cancelled need not wait for that reader.
  virtual std::size_t write_some(ByteView piece) = 0;
  /// Drops all that was written, to begin anew; false where that cannot be done.
  virtual bool restart() { return false; }
  /// All is there and right: make it what the user asked for.
  virtual void commit() = 0;
};

/// A file that appears whole or not at all: until commit() the bytes stand in a hidden file beside it, whose
/// name holds `content` (a word that changes with the content), so that a later run finds them and bytes of
/// two contents never meet.
class FileOutput final : public Output {
 public:
  /// What a file that stands at the target already is to become.
  enum class Existing { replaced, kept };

  /// Throws also where another process is writing the same right now, and where a file is to be kept; so does
  /// commit() if it has come meanwhile.
  FileOutput(std::filesystem::path target, const std::string& content,
             Existing existing = Existing::replaced);
  ~FileOutput() override;  // leaves what was not committed for the next run, unless it is nothing

  [[nodiscard]] std::int64_t kept_bytes() const override { return size_; }
  void read_kept(std::int64_t offset, MutableBytes into) override;
  std::size_t write_some(ByteView piece) override;
  bool restart() override;
  void commit() override;  // fsync, rename, fsync of the folder

 private:
  void put_in_place();

  std::filesystem::path target_;
  std::filesystem::path partial_;
  Existing existing_;
  Fd file_;
  std::int64_t size_ = 0;
  bool committed_ = false;
};

/// What takes bytes as they come and keeps no name for them: the standard output, a FIFO, a device.
class StreamOutput final : public Output {
 public:
  /// `shown`: for messages.
  StreamOutput(Fd file, std::string shown);
  /// The standard output, which stays open.
  static std::unique_ptr<StreamOutput> to_standard_output();

  std::size_t write_some(ByteView piece) override;
  bool restart() override { return !has_written_; }
  void commit() override {}

 private:
  Fd file_;
  std::string shown_;
  std::size_t write_max_;  // so much is taken at once, or else the descriptor is not writable
  bool has_written_ = false;
};

/// What `-o` means by a file that is there already or not: links are followed; what is no regular file is
/// written to as it stands, never replaced. nullptr: a FIFO that nobody reads yet; ask again. Throws Failure
/// FILE_ERROR.
std::unique_ptr<Output> open_output(const std::filesystem::path& target, const std::string& content);

}  // namespace longshore::cli
