#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "ports/object_store.h"
#include "s3/crc64nvme.h"

namespace longshore::s3 {

enum class ChecksumAlgorithm { crc32c, crc64nvme };

/// How parts come to carry a checksum that the store verifies.
enum class ChecksumWay {
  none,       // they carry none: TLS alone guards the bytes
  header,     // in a header where the client named it, and nothing is said at create
  composite,  // declared at create, in a header or a trailer of each part; the whole's is one over the parts'
  full,       // likewise, but the whole's is the one that its bytes have
};

/// What a store takes; found out by probe.h, or configured.
struct ChecksumPlan {
  ChecksumWay way = ChecksumWay::none;
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32c;

  /// Every part has to carry one, so a trailer may be sent.
  [[nodiscard]] bool declared() const { return way == ChecksumWay::composite || way == ChecksumWay::full; }
  bool operator==(const ChecksumPlan&) const = default;
};

/// For the log: "CRC32C, full", "none".
std::string describe(const ChecksumPlan& plan);

/// As it is kept: "CRC32C full".
std::string text_of(const ChecksumPlan& plan);
/// nullopt: it is not of that form, or no plan that is ever used: CRC64NVME is always one of the whole.
std::optional<ChecksumPlan> plan_of(std::string_view text);

std::string_view algorithm_name(ChecksumAlgorithm algorithm);  // "CRC32C"
std::string header_name(ChecksumAlgorithm algorithm);          // "x-amz-checksum-crc32c"
const char* element_name(ChecksumAlgorithm algorithm);         // "ChecksumCRC32C"

/// The checksum of the bytes that pass.
class RunningChecksum {
 public:
  explicit RunningChecksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {}

  void update(ByteView bytes);
  [[nodiscard]] ChecksumAlgorithm algorithm() const { return algorithm_; }
  [[nodiscard]] std::string base64() const;  // as S3 writes it

 private:
  ChecksumAlgorithm algorithm_;
  Crc32c crc32c_;
  Crc64Nvme crc64nvme_;
};

/// Of the whole, from its parts'; nullopt where one is not known.
std::optional<std::uint32_t> whole_crc32c(const std::vector<CompletePart>& parts);
/// Composite, of all parts; likewise.
std::optional<CompositeChecksum> composite_crc32c(const std::vector<CompletePart>& parts);
/// Whether a checksum, as S3 writes it, is one over the parts' and not over the bytes.
bool is_composite(std::string_view text);
/// As S3 writes it: "AAAAAA==-3". nullopt: it is something else.
std::optional<CompositeChecksum> composite_of(std::string_view text);

/// A CRC64NVME as S3 writes it in a header or an element. nullopt: none, malformed, or composite.
std::optional<std::uint64_t> crc64nvme_of(std::string_view text);
std::string crc64nvme_to_base64(std::uint64_t crc);

/// A CRC32C as S3 writes it in a header or an element. nullopt: none, malformed, or composite.
std::optional<std::uint32_t> crc32c_of(std::string_view text);

}  // namespace longshore::s3
