#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/clock.h"
#include "base/strong.h"
#include "domain/error.h"

namespace longshore {

/// Two archives over one list of fields: a struct's `fields(archive, value)` names each field once, for both
/// directions.
///
///   template <class Archive, FieldsOf<Lease> Value>
///   void fields(Archive& archive, Value& lease) {
///     archive("attempt", lease.attempt);
///     archive("until", lease.until);
///   }
template <class Value, class Struct>
concept FieldsOf = std::same_as<std::remove_const_t<Value>, Struct>;

template <class T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool>;

class JsonWriter;
class JsonReader;

template <class T>
concept JsonStruct = requires(JsonWriter& writer, const T& value) { fields(writer, value); };

/// Fields with their default value are left out, but for enums. An optional is there if it has a value,
/// whatever that is.
class JsonWriter {
 public:
  explicit JsonWriter(boost::json::object& out) : out_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if (std::is_enum_v<T> || value != T{}) out_.emplace(name, json_of(value));
  }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& value) {
    if (value) out_.emplace(name, json_of(*value));
  }

 private:
  static boost::json::value json_of(bool value) { return value; }
  static boost::json::value json_of(const std::string& value) { return boost::json::string(value); }
  static boost::json::value json_of(Time value) { return epoch_ms(value); }
  template <JsonInteger T>
  static boost::json::value json_of(T value) {
    return static_cast<std::int64_t>(value);
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  static boost::json::value json_of(Enum value) {
    return boost::json::string(to_string(value));
  }
  template <class Tag>
  static boost::json::value json_of(const StrongString<Tag>& value) {
    return boost::json::string(value.str());
  }
  template <class Tag, class Rep>
  static boost::json::value json_of(StrongNumber<Tag, Rep> value) {
    return static_cast<std::int64_t>(value.value());
  }
  template <class T>
  static boost::json::value json_of(const std::vector<T>& values) {
    boost::json::array array;
    for (const T& value : values) array.push_back(json_of(value));
    return array;
  }
  static boost::json::value json_of(const std::map<std::string, std::string>& values) {
    boost::json::object object;
    for (const auto& [name, value] : values) object.emplace(name, value);
    return object;
  }
  template <JsonStruct T>
  static boost::json::value json_of(const T& value) {
    boost::json::object object;
    JsonWriter nested(object);
    fields(nested, value);
    return object;
  }

  boost::json::object& out_;
};

/// A field that is absent gets its default value. One of another type, or out of range, is an Error(internal)
/// that names it.
class JsonReader {
 public:
  explicit JsonReader(const boost::json::object& in, std::string where = {})
      : in_(in), where_(std::move(where)) {}

  template <class T>
  void operator()(std::string_view name, T& value) {
    value = T{};
    if (const auto* json = in_.if_contains(name)) read(path(name), *json, value);
  }
  template <class T>
  void operator()(std::string_view name, std::optional<T>& value) {
    value.reset();
    if (const auto* json = in_.if_contains(name)) read(path(name), *json, value.emplace());
  }

 private:
  using Json = boost::json::value;

  [[nodiscard]] std::string path(std::string_view name) const {
    return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
  }
  [[noreturn]] static void refuse(const std::string& where, std::string_view expected) {
    throw Error(Reason::internal,
                "a row of the catalog cannot be read: " + where + " is not " + std::string(expected));
  }
  static const boost::json::object& object_of(const std::string& where, const Json& json) {
    if (!json.is_object()) refuse(where, "an object");
    return json.get_object();
  }

  static void read(const std::string& where, const Json& json, bool& out) {
    if (!json.is_bool()) refuse(where, "true or false");
    out = json.get_bool();
  }
  static void read(const std::string& where, const Json& json, std::string& out) {
    if (!json.is_string()) refuse(where, "a text");
    out = std::string(std::string_view(json.get_string()));
  }
  template <JsonInteger T>
  static void read(const std::string& where, const Json& json, T& out) {
    if (!json.is_int64() || !std::in_range<T>(json.get_int64())) refuse(where, "a whole number in range");
    out = static_cast<T>(json.get_int64());
  }
  static void read(const std::string& where, const Json& json, Time& out) {
    std::int64_t ms = 0;
    read(where, json, ms);
    out = from_epoch_ms(ms);
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  static void read(const std::string& where, const Json& json, Enum& out) {
    std::string text;
    read(where, json, text);
    if (!from_text(text, out)) refuse(where, "one of its words");
  }
  template <class Tag>
  static void read(const std::string& where, const Json& json, StrongString<Tag>& out) {
    std::string text;
    read(where, json, text);
    out = StrongString<Tag>(std::move(text));
  }
  template <class Tag, class Rep>
  static void read(const std::string& where, const Json& json, StrongNumber<Tag, Rep>& out) {
    Rep number{};
    read(where, json, number);
    out = StrongNumber<Tag, Rep>(number);
  }
  template <class T>
  static void read(const std::string& where, const Json& json, std::vector<T>& out) {
    if (!json.is_array()) refuse(where, "a list");
    for (const Json& item : json.get_array()) read(where, item, out.emplace_back());
  }
  static void read(const std::string& where, const Json& json, std::map<std::string, std::string>& out) {
    for (const auto& [name, value] : object_of(where, json)) read(where, value, out[std::string(name)]);
  }
  template <JsonStruct T>
  static void read(const std::string& where, const Json& json, T& out) {
    JsonReader nested(object_of(where, json), where);
    fields(nested, out);
  }

  const boost::json::object& in_;
  std::string where_;
};

}  // namespace longshore
