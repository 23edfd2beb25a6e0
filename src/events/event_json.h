#pragma once

#include <string>

#include "longshore/v1/events.pb.h"

#include "domain/event.h"

/// An outbox row as the public event (api/longshore/v1/events.proto): the same bytes at every try, whichever
/// sink it goes to.
namespace longshore {

longshore::v1::RepositoryEvent to_event(const OutboxRow& row);

/// The event as one JSON object on one line, without a line end: lowerCamelCase, 64-bit numbers as strings,
/// zero values printed.
std::string event_json(const OutboxRow& row);

}  // namespace longshore
