#include "directory/records.h"

#include <utility>

#include <boost/json.hpp>

namespace longshore::directory {

namespace {

namespace json = boost::json;

constexpr std::int64_t kFormat = 1;

json::object to_value(const TextMap& texts) {
  json::object object;
  for (const auto& [name, value] : texts) object[name] = value;
  return object;
}

TextMap texts_of(const json::value& value) {
  TextMap texts;
  for (const auto& [name, text] : value.as_object()) texts[std::string(name)] = std::string(text.as_string());
  return texts;
}

json::object to_value(const ObjectHeaders& headers) {
  return json::object{
      {"content_type", headers.content_type},   {"content_disposition", headers.content_disposition},
      {"cache_control", headers.cache_control}, {"storage_class", headers.storage_class},
      {"tags", to_value(headers.tags)},         {"user_metadata", to_value(headers.user_metadata)}};
}

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

ObjectHeaders headers_of(const json::value& value) {
  const json::object& object = value.as_object();
  return ObjectHeaders{.content_type = text_at(object, "content_type"),
                       .content_disposition = text_at(object, "content_disposition"),
                       .cache_control = text_at(object, "cache_control"),
                       .storage_class = text_at(object, "storage_class"),
                       .tags = texts_of(object.at("tags")),
                       .user_metadata = texts_of(object.at("user_metadata"))};
}

/// One of our documents; nullopt unless it is JSON, of this format, and `read` finds all that it looks for.
template <class Read>
auto parse(std::string_view text, Read read)
    -> std::optional<decltype(read(std::declval<const json::object&>()))> {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return std::nullopt;
  try {
    const json::object& object = value.as_object();
    if (object.at("format").as_int64() != kFormat) return std::nullopt;
    return read(object);
  } catch (const std::exception&) {  // a field is missing, or of another type
    return std::nullopt;
  }
}

}  // namespace

std::string to_json(const ObjectRecord& record) {
  json::object object{{"format", kFormat},
                      {"key", record.key.str()},
                      {"size", record.size},
                      {"modified_ns", record.modified_ns},
                      {"etag", record.etag.str()},
                      {"crc32c", nullptr},
                      {"headers", to_value(record.headers)}};
  if (record.crc32c) object["crc32c"] = *record.crc32c;
  return json::serialize(object) + "\n";
}

std::optional<ObjectRecord> object_record_of(std::string_view text) {
  return parse(text, [](const json::object& object) {
    ObjectRecord record{.key = ObjectKey(text_at(object, "key")),
                        .size = object.at("size").as_int64(),
                        .modified_ns = object.at("modified_ns").as_int64(),
                        .etag = ETag(text_at(object, "etag")),
                        .headers = headers_of(object.at("headers"))};
    if (const json::value& crc = object.at("crc32c"); !crc.is_null())
      record.crc32c = crc.to_number<std::uint32_t>();
    return record;
  });
}

const ObjectRecord* record_for(std::int64_t size, std::int64_t modified_ns,
                               const std::optional<ObjectRecord>& current,
                               const std::optional<ObjectRecord>& next) {
  const auto is_of = [&](const std::optional<ObjectRecord>& record) {
    return record && record->size == size && record->modified_ns == modified_ns;
  };
  if (is_of(next)) return &*next;
  if (is_of(current)) return &*current;
  if (!next && current && current->size == size) return &*current;
  return nullptr;
}

std::string to_json(const CreateUpload& request) {
  json::object object{{"format", kFormat},
                      {"key", request.key.str()},
                      {"chunk_size", nullptr},
                      {"headers", to_value(request.headers)}};
  if (request.chunk_size) object["chunk_size"] = *request.chunk_size;
  return json::serialize(object) + "\n";
}

std::optional<CreateUpload> create_upload_of(std::string_view text) {
  return parse(text, [](const json::object& object) {
    CreateUpload request{.key = ObjectKey(text_at(object, "key")),
                         .headers = headers_of(object.at("headers"))};
    if (const json::value& size = object.at("chunk_size"); !size.is_null())
      request.chunk_size = size.as_int64();
    return request;
  });
}

}  // namespace longshore::directory
