#include "s3/checksum.h"

#include <algorithm>
#include <charconv>

#include "base/big_endian.h"
#include "base/encoding.h"

namespace longshore::s3 {
namespace {

struct NamedWay {
  ChecksumWay way;
  std::string_view name;
};

constexpr NamedWay kWays[] = {{ChecksumWay::none, "none"},
                              {ChecksumWay::header, "header"},
                              {ChecksumWay::composite, "composite"},
                              {ChecksumWay::full, "full"}};

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

std::string text_of(const ChecksumPlan& plan) {
  const auto* const way = std::ranges::find(kWays, plan.way, &NamedWay::way);
  return std::string(algorithm_name(plan.algorithm)) + " " + std::string(way->name);
}

std::optional<ChecksumPlan> plan_of(std::string_view text) {
  for (const ChecksumAlgorithm algorithm : {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme}) {
    for (const NamedWay& named : kWays) {
      const ChecksumPlan plan{.way = named.way, .algorithm = algorithm};
      const bool is_used = algorithm == ChecksumAlgorithm::crc32c || named.way == ChecksumWay::full;
      if (is_used && text_of(plan) == text) return plan;
    }
  }
  return std::nullopt;
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
  return crc64nvme_to_base64(crc64nvme_.value());
}

std::optional<std::uint32_t> whole_crc32c(const std::vector<CompletePart>& parts) {
  std::uint32_t whole = 0;
  for (const CompletePart& part : parts) {
    if (!part.crc32c) return std::nullopt;
    whole = crc32c_combine(whole, *part.crc32c, static_cast<std::uint64_t>(part.size));
  }
  return whole;
}

std::optional<CompositeChecksum> composite_crc32c(const std::vector<CompletePart>& parts) {
  Crc32c of_checksums;
  for (const CompletePart& part : parts) {
    if (!part.crc32c) return std::nullopt;
    of_checksums.update(big_endian(*part.crc32c));
  }
  return CompositeChecksum{.crc32c = of_checksums.value(), .parts = static_cast<std::int32_t>(parts.size())};
}

bool is_composite(std::string_view text) { return text.find('-') != std::string_view::npos; }

std::optional<CompositeChecksum> composite_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto crc = crc32c_of(text.substr(0, dash));
  CompositeChecksum composite{.crc32c = crc.value_or(0)};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + dash + 1, end, composite.parts);
  if (!crc || error != std::errc() || stop != end || composite.parts < 1) return std::nullopt;
  return composite;
}

std::string crc64nvme_to_base64(std::uint64_t crc) { return base64_encode(big_endian(crc)); }

std::optional<std::uint64_t> crc64nvme_of(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != sizeof(std::uint64_t)) return std::nullopt;
  std::uint64_t crc = 0;
  for (const char c : *bytes) crc = crc << 8 | static_cast<std::uint8_t>(c);
  return crc;
}

std::optional<std::uint32_t> crc32c_of(std::string_view text) {
  std::uint32_t crc = 0;
  if (!crc32c_from_base64(text, crc)) return std::nullopt;
  return crc;
}

}  // namespace longshore::s3
