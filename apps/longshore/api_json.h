#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "apps/longshore/api_types.h"
#include "apps/longshore/failure.h"

namespace longshore::cli {

// The proto3 JSON mapping, by hand for the few messages the client reads: lowerCamelCase, 64-bit numbers as
// strings (plain numbers are read too). What is absent keeps its zero value; unknown keys are passed over, so
// a newer server does not break an older client. Every decode_* throws Failure PROTOCOL_ERROR when a key that
// it reads has another type than promised.

/// One JSON value and nothing after it, nested at most 32 deep.
boost::json::value parse_json(std::string_view text);

UploadLimits decode_limits(const boost::json::value& json);
InitiateResponse decode_initiate(const boost::json::value& json);
UploadStatus decode_status(const boost::json::value& json);
CompleteResponse decode_complete(const boost::json::value& json);
Node decode_node(const boost::json::value& json);
Page<Node> decode_nodes(const boost::json::value& json);
Page<UploadStatus> decode_uploads(const boost::json::value& json);

/// Never throws for a strange body: what it does not say stays empty (a proxy may answer instead of the
/// server).
Problem decode_problem(std::string_view body);

std::string encode_initiate(const InitiateRequest& request);  // without the idempotency key: that is a header
std::string encode_complete(const CompleteRequest& request);

boost::json::object status_to_json(const UploadStatus& status);  // for people's scripts: numbers are numbers
boost::json::object node_to_json(const Node& node);
boost::json::object failure_to_json(const Failure& failure);  // {"error": {"reason", "detail"}}

}  // namespace longshore::cli
