#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pqxx/binarystring>
#include <pqxx/result>

#include "base/clock.h"
#include "base/strong.h"

namespace longshore::postgres {

/// Any bytes, of a bytea: what texts of PostgreSQL may not hold (zeros, other encodings) it holds.
struct Binary {
  std::string bytes;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// ---- our types as parameters of a statement

inline pqxx::binarystring parameter(const Binary& value) { return pqxx::binarystring(value.bytes); }
inline std::string parameter(std::string_view value) { return std::string(value); }
inline std::int64_t parameter(Time value) { return epoch_ms(value); }
inline std::int64_t parameter(Millis value) { return value.count(); }
template <class Number>
  requires std::is_integral_v<Number>
std::int64_t parameter(Number value) {
  return static_cast<std::int64_t>(value);
}
template <class Tag>
std::string parameter(const StrongString<Tag>& value) {
  return value.str();
}
inline std::optional<std::int64_t> parameter(const std::optional<Time>& value) {
  return value ? std::optional{epoch_ms(*value)} : std::nullopt;
}
/// An array. The strings are ours: ids and words, whose alphabets need no quotes.
template <class T>
std::string parameter(const std::vector<T>& values) {
  std::string array = "{";
  for (const T& value : values) {
    if (array.size() > 1) array += ',';
    if constexpr (std::is_integral_v<T>)
      array += std::to_string(value);
    else if constexpr (std::is_convertible_v<T, std::string_view>)
      array += value;
    else
      array += value.str();
  }
  return array + '}';
}

/// A row of an answer, as long as its Rows are there.
class Row {
 public:
  explicit Row(pqxx::row row) : row_(std::move(row)) {}

  /// Column `index` (from 0): a number, bool, std::string, Binary, Time, strong string, or an optional of one
  /// of them (NULL: nullopt). NULL without optional, or another type, throws pqxx::conversion_error.
  template <class T>
  [[nodiscard]] T get(int index) const {
    const pqxx::field field = row_[index];
    if constexpr (is_optional<T>) {
      return field.is_null() ? T{} : T{get<typename T::value_type>(index)};
    } else if constexpr (std::is_same_v<T, Binary>) {
      return Binary{pqxx::binarystring(field).str()};
    } else if constexpr (std::is_same_v<T, Time>) {
      return from_epoch_ms(field.as<std::int64_t>());
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return field.as<T>();
    } else {
      return T{field.as<std::string>()};  // a strong string
    }
  }

 private:
  pqxx::row row_;
};

/// The answer to a statement.
class Rows {
 public:
  explicit Rows(pqxx::result result) : result_(std::move(result)) {}

  [[nodiscard]] int size() const { return static_cast<int>(result_.size()); }
  [[nodiscard]] bool empty() const { return result_.empty(); }
  [[nodiscard]] Row at(int index) const { return Row(result_[static_cast<pqxx::result::size_type>(index)]); }
  /// How many rows it inserted, updated or deleted.
  [[nodiscard]] std::int64_t changed() const { return static_cast<std::int64_t>(result_.affected_rows()); }

 private:
  pqxx::result result_;
};

}  // namespace longshore::postgres
