#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace longshore {

/// A string that cannot be taken for another kind of string: UploadId, NodeId, ObjectKey are each a type of
/// their own. Holds any bytes; the checks of an alphabet are made once, where the value comes in
/// (domain/ids.h).
template <class Tag>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  auto operator<=>(const StrongString&) const = default;

 private:
  std::string value_;
};

/// A number that cannot be taken for another kind of number: PartNumber (from 1, S3's) and ChunkIndex (from
/// 0, ours).
template <class Tag, class Rep>
class StrongNumber {
 public:
  constexpr StrongNumber() = default;
  constexpr explicit StrongNumber(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const StrongNumber&) const = default;

 private:
  Rep value_{};
};

}  // namespace longshore

template <class Tag>
struct std::hash<longshore::StrongString<Tag>> {
  std::size_t operator()(const longshore::StrongString<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};

template <class Tag, class Rep>
struct std::hash<longshore::StrongNumber<Tag, Rep>> {
  std::size_t operator()(longshore::StrongNumber<Tag, Rep> n) const noexcept {
    return std::hash<Rep>{}(n.value());
  }
};
