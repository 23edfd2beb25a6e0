#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.h"
#include "base/strong.h"
#include "domain/error.h"

struct sqlite3_stmt;

namespace longshore::sqlite {

/// A prepared statement on loan from its Database: bound by Database::query, stepped, and given back when
/// destroyed. Must not outlive its Database; used on the Database's thread. All calls throw Error
/// (sqlite/failure.h).
///
///   Statement rows = db.query("SELECT id, size FROM parts WHERE session = ?", session);
///   while (rows.step()) use(rows.get<UploadId>(0), rows.get<std::optional<std::int64_t>>(1));
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// To the next row; false at the end.
  bool step();

  /// Column `index` (from 0) of the current row: a number, bool, std::string, Time, strong string or strong
  /// number, or an optional of one of them (NULL: nullopt; without optional NULL is 0 or "").
  template <class T>
  [[nodiscard]] T get(int index) const;

 private:
  friend class Database;
  Statement(sqlite3_stmt* statement, bool& in_use, Reason reason);

  void bind(int index, std::nullptr_t);
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);  // copied
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  void bind(int index, Time value) { bind(index, epoch_ms(value)); }
  template <class Number>
    requires std::is_integral_v<Number>
  void bind(int index, Number value) {
    bind(index, static_cast<std::int64_t>(value));
  }
  template <class Tag>
  void bind(int index, const StrongString<Tag>& value) {
    bind(index, std::string_view(value.str()));
  }
  template <class Tag, class Rep>
  void bind(int index, StrongNumber<Tag, Rep> value) {
    bind(index, static_cast<std::int64_t>(value.value()));
  }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, nullptr);
  }

  [[nodiscard]] bool is_null(int index) const;
  [[nodiscard]] std::int64_t integer(int index) const;
  [[nodiscard]] std::string text(int index) const;
  void check(int code) const;

  sqlite3_stmt* statement_;
  bool* in_use_;
  Reason reason_;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
T Statement::get(int index) const {
  if constexpr (is_optional<T>) {
    return is_null(index) ? T{} : T{get<typename T::value_type>(index)};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return text(index);
  } else if constexpr (std::is_same_v<T, Time>) {
    return from_epoch_ms(integer(index));
  } else if constexpr (std::is_same_v<T, bool>) {
    return integer(index) != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(integer(index));
  } else if constexpr (std::is_constructible_v<T, std::string>) {
    return T{text(index)};  // a strong string
  } else {
    return T{static_cast<decltype(T{}.value())>(integer(index))};  // a strong number
  }
}

}  // namespace longshore::sqlite
