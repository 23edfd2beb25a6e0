#pragma once

#include "ports/body_source.h"

/// What the routes do: decode, ask the coordinator, encode. No decisions. One file a resource.
namespace longshore::http {

class Exchange;

// uploads.cpp
Task<void> initiate_upload(Exchange& exchange);
Task<void> complete_upload(Exchange& exchange);
Task<void> cancel_upload(Exchange& exchange);
Task<void> get_upload(Exchange& exchange);
Task<void> list_uploads(Exchange& exchange);
Task<void> get_limits(Exchange& exchange);

// parts.cpp
Task<void> put_part(Exchange& exchange);

// progress.cpp
Task<void> watch_upload(Exchange& exchange);

// objects.cpp
Task<void> put_object(Exchange& exchange);
Task<void> get_object(Exchange& exchange);  // and HEAD

// nodes.cpp
Task<void> get_node(Exchange& exchange);
Task<void> delete_node(Exchange& exchange);
Task<void> list_nodes(Exchange& exchange);

// content.cpp
Task<void> get_content(Exchange& exchange);  // and HEAD

// admin.cpp
Task<void> healthz(Exchange& exchange);
Task<void> readyz(Exchange& exchange);
Task<void> metrics(Exchange& exchange);

}  // namespace longshore::http
