#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.h"

namespace longshore::directory {

/// parts.log of an unfinished upload: which parts are stored, and where. Appended to, never changed; each
/// record is one line, made durable before anything relies on it (docs/formats/folder-store.md):
///   line   = crc32c-of-record SP record LF          the CRC as 8 hex digits
///   record = "put" SP number SP size SP crc32c SP etag SP file SP offset
///          | "drop" SP number                        the bytes of this part may change from now on
///          | "complete" SP file                      as the last record: this file, if it is gone, has
///          become the object | "open"                                  it has not, and may go
/// Pure: texts in, texts out.

/// Where the bytes of a part are: a file in the upload's folder, from this offset on.
struct PartPlace {
  std::string file;
  std::int64_t offset = 0;
  bool operator==(const PartPlace&) const = default;
};

struct PartRow {
  ETag etag;
  std::int64_t size = 0;
  std::uint32_t crc32c = 0;
  PartPlace place;
  bool operator==(const PartRow&) const = default;
};

using PartTable = std::map<PartNumber, PartRow>;

std::string put_line(PartNumber number, const PartRow& row);
std::string drop_line(PartNumber number);
std::string complete_line(std::string_view file);
std::string open_line();

struct Replayed {
  PartTable parts;
  std::optional<std::string> completed;  // the file of the last record, if that is "complete"
  std::int64_t good_bytes = 0;           // behind them a torn line, to be cut off
};

/// Throws integrity if a line other than the last is damaged: a crash cannot have done that.
Replayed replay(std::string_view log);

}  // namespace longshore::directory
