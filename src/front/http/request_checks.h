#pragma once

#include "front/http/framing.h"
#include "front/http/request_head.h"
#include "front/http/routes.h"
#include "front/http/target.h"

/// What a route takes of a request, checked at the door: nothing that would change its meaning is passed
/// over.
namespace longshore::http {

/// Throws Error invalid_request for a parameter that the route does not know, naming it.
void check_query(const Route& route, const Target& target);

/// Throws Error invalid_request for fields of what this server does not offer (customer keys, If-Match,
/// partial PUT), for a field that may stand once and does not; unsupported_media_type for a content coding.
void check_fields(const RequestHead& head);

/// Throws Error invalid_request for a body where none belongs, unsupported_media_type for one that is not
/// JSON where JSON belongs.
void check_body(const Route& route, const RequestHead& head, const Framing& framing);

}  // namespace longshore::http
