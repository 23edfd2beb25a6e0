#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace longshore::cli {

/// Where downloaded bytes go. Calls block: run them on the pool, one at a time. All throw Failure FILE_ERROR.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  /// Bytes that an earlier run left here, to be kept if they are of the same content.
  [[nodiscard]] virtual std::int64_t kept_bytes() const { return 0; }
  virtual void read_kept(std::int64_t offset, MutableBytes into);
  virtual void write(ByteView piece) = 0;  // behind what is there
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
  /// Throws also where another process is writing the same right now.
  FileOutput(std::filesystem::path target, const std::string& content);
  ~FileOutput() override;  // leaves what was not committed for the next run, unless it is nothing

  [[nodiscard]] std::int64_t kept_bytes() const override { return size_; }
  void read_kept(std::int64_t offset, MutableBytes into) override;
  void write(ByteView piece) override;
  bool restart() override;
  void commit() override;  // fsync, rename, fsync of the folder

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
  Fd file_;
  std::int64_t size_ = 0;
  bool committed_ = false;
};

/// A pipe or what else the standard output is.
class StreamOutput final : public Output {
 public:
  explicit StreamOutput(int descriptor) : descriptor_(descriptor) {}
  void write(ByteView piece) override;
  bool restart() override { return !has_written_; }
  void commit() override {}

 private:
  int descriptor_;
  bool has_written_ = false;
};

}  // namespace longshore::cli
