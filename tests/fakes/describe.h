#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <type_traits>

#include "domain/error.h"
#include "domain/ids.h"
#include "domain/ledger.h"
#include "domain/operation.h"
#include "ports/catalog.h"
#include "ports/object_store.h"
#include "ports/session_store.h"

/// Values in words, for the history that a failing seed prints.
namespace longshore::fakes {

std::string describe(const std::exception_ptr& error);
std::string describe(const Error& error);
std::string describe(const Operation& operation);
std::string describe(const Node& node);
std::string describe(const Change& change);
std::string describe(const LedgerSnapshot& ledger);
std::string describe(const BeginAnswer& answer);
std::string describe(const RecordAnswer& answer);
std::string describe(const std::vector<ChunkRange>& ranges);

inline std::string describe(bool value) { return value ? "true" : "false"; }
inline std::string describe(const StoredPart& part) { return part.etag.str(); }
inline std::string describe(const ListedPart& part) {
  return std::to_string(part.number.value()) + ":" + part.etag.str();
}
inline std::string describe(const StoredObject& object) {
  return std::to_string(object.size) + "B " + object.etag.str();
}
inline std::string describe(const ObjectInfo& info) {
  return describe(info.object) + (info.token ? " token " + info.token->str() : " no token");
}
inline std::string describe(const LoadedOperation& loaded) { return describe(loaded.operation); }
inline std::string describe(const LoadedNode& loaded) { return describe(loaded.node); }
inline std::string describe(const OutboxRow& row) {
  return row.event.node.str() + "#" + std::to_string(row.sequence);
}

template <class Tag>
std::string describe(const StrongString<Tag>& text) {
  return text.str();
}

/// Whatever else: numbers as they are, optionals and lists by what is in them, the rest as having happened.
template <class T>
std::string describe(const T& value) {
  if constexpr (std::integral<T>) {
    return std::to_string(value);
  } else if constexpr (requires {
                         value.has_value();
                         *value;
                       }) {
    return value.has_value() ? describe(*value) : "none";
  } else if constexpr (requires {
                         value.begin();
                         value.end();
                       }) {
    std::string text = "[";
    for (const auto& element : value) text += (text.size() > 1 ? " " : "") + describe(element);
    return text + "]";
  } else {
    return "done";
  }
}

}  // namespace longshore::fakes
