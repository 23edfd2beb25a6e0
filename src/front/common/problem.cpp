#include "front/common/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "front/common/error_table.h"

namespace longshore {
namespace {

namespace json = boost::json;

json::array to_json(std::span<const ChunkRange> ranges) {
  json::array list;
  for (const ChunkRange& range : ranges) {
    list.push_back(json::object{{"first", std::to_string(range.first.value())},
                                {"last", std::to_string(range.last.value())}});
  }
  return list;
}

}  // namespace

std::string problem_json(const Error& error, std::string_view request_id) {
  const ErrorRow& row = error_row(error.reason());
  const ErrorDetails& details = error.details();
  const std::string_view reason = to_string(error.reason());

  json::object problem;
  problem["type"] = "urn:longshore:error:" + std::string(reason);
  problem["title"] = row.title;
  problem["status"] = row.http;
  problem["detail"] = error.message();
  problem["reason"] = reason;
  problem["requestId"] = request_id;
  if (!details.field.empty()) problem["field"] = details.field;
  if (details.limit) problem["limit"] = std::to_string(*details.limit);
  if (!details.upload_id.empty()) problem["uploadId"] = details.upload_id;
  if (!details.state.empty()) problem["state"] = details.state;
  if (!details.missing_chunks.empty()) problem["missingChunks"] = to_json(named_chunks(error));
  if (!details.store_code.empty()) problem["storeCode"] = details.store_code;
  return json::serialize(problem);
}

}  // namespace longshore
