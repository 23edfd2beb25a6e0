#include "domain/ids.h"

#include <algorithm>
#include <charconv>

#include "base/uuid.h"

namespace longshore {
namespace {

constexpr std::string_view kByNameNamespace = "6f9d1c1e-5b0a-4f0e-9a57-2d9c1b7c4e10";  // docs/formats/ids.md
constexpr std::size_t kNodeIdMin = 8;
constexpr std::size_t kNodeIdMax = 64;
constexpr std::size_t kConnectorIdMax = 64;
constexpr std::size_t kDriveNameMax = 32;
constexpr std::size_t kCounterDigitsMax = 9;  // a billion operations on one node

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Names hold no control characters (front/common refuses them), so two escapes are all that JSON asks for.
void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

StoreUploadId::StoreUploadId(std::string_view id, std::string_view terms)
    : StrongString(std::string(id) + (terms.empty() ? "" : " ") + std::string(terms)) {}

std::string_view StoreUploadId::id() const { return std::string_view(str()).substr(0, str().find(' ')); }

std::string_view StoreUploadId::terms() const {
  return std::string_view(str()).substr(std::min(id().size() + 1, str().size()));
}

bool is_node_id(std::string_view text) {
  return text.size() >= kNodeIdMin && text.size() <= kNodeIdMax &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_upload_id(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return is_node_id(text);
  const auto counter = text.substr(dot + 1);
  return is_node_id(text.substr(0, dot)) && !counter.empty() && counter.size() <= kCounterDigitsMax &&
         std::ranges::all_of(counter, is_digit) && counter.front() != '0' && counter != "1";
}

bool is_connector_id(std::string_view text) {
  const auto letter = [](char c) { return is_lower(c) || is_upper(c) || is_digit(c); };
  return !text.empty() && text.size() <= kConnectorIdMax && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_drive_name(std::string_view text) {
  return !text.empty() && text.size() <= kDriveNameMax &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c); });
}

NodeId node_of(const UploadId& upload) { return NodeId{upload.str().substr(0, upload.str().find('.'))}; }

UploadId upload_id_of(const NodeId& node, std::int64_t n) {
  return UploadId{n <= 1 ? node.str() : node.str() + "." + std::to_string(n)};
}

NodeId node_id_by_name(const DriveName& drive, const ConnectorId& connector, std::string_view path,
                       std::string_view name) {
  std::string json = "[";
  append_json_string(json, drive.str());
  json += ',';
  append_json_string(json, connector.str());
  json += ',';
  append_json_string(json, path);
  json += ',';
  append_json_string(json, name);
  json += ']';
  return NodeId{uuid_v5(kByNameNamespace, json)};
}

}  // namespace longshore
