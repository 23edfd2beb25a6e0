#include "s3/checksum.h"

#include <array>

#include "base/encoding.h"

namespace longshore::s3 {
namespace {

template <class Number>
std::array<std::byte, sizeof(Number)> big_endian(Number value) {
  std::array<std::byte, sizeof(Number)> bytes{};
  for (std::size_t i = bytes.size(); i > 0; value >>= 8) bytes[--i] = static_cast<std::byte>(value & 0xFF);
  return bytes;
}

}  // namespace

std::string_view algorithm_name(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc32c ? "CRC32C" : "CRC64NVME";
}

std::string describe(const ChecksumPlan& plan) {
  const std::string algorithm(algorithm_name(plan.algorithm));
  switch (plan.way) {
    case ChecksumWay::none:
      break;
    case ChecksumWay::header:
      return algorithm + ", where clients name it";
    case ChecksumWay::composite:
      return algorithm + ", composite";
    case ChecksumWay::full:
      return algorithm + ", full";
  }
  return "none";
}

std::string header_name(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc32c ? "x-amz-checksum-crc32c" : "x-amz-checksum-crc64nvme";
}

const char* element_name(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc32c ? "ChecksumCRC32C" : "ChecksumCRC64NVME";
}

void RunningChecksum::update(ByteView bytes) {
  if (algorithm_ == ChecksumAlgorithm::crc32c)
    crc32c_.update(bytes);
  else
    crc64nvme_.update(bytes);
}

std::string RunningChecksum::base64() const {
  if (algorithm_ == ChecksumAlgorithm::crc32c) return crc32c_to_base64(crc32c_.value());
  return base64_encode(big_endian(crc64nvme_.value()));
}

std::optional<std::uint32_t> whole_crc32c(const std::vector<CompletePart>& parts) {
  std::uint32_t whole = 0;
  for (const CompletePart& part : parts) {
    if (!part.crc32c) return std::nullopt;
    whole = crc32c_combine(whole, *part.crc32c, static_cast<std::uint64_t>(part.size));
  }
  return whole;
}

std::optional<std::string> composite_crc32c(const std::vector<CompletePart>& parts) {
  Crc32c of_checksums;
  for (const CompletePart& part : parts) {
    if (!part.crc32c) return std::nullopt;
    of_checksums.update(big_endian(*part.crc32c));
  }
  return crc32c_to_base64(of_checksums.value()) + "-" + std::to_string(parts.size());
}

std::optional<std::uint32_t> crc32c_of(std::string_view text) {
  std::uint32_t crc = 0;
  if (!crc32c_from_base64(text, crc)) return std::nullopt;
  return crc;
}

}  // namespace longshore::s3
