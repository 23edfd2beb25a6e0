#pragma once

#include "ports/body_source.h"

/// What the methods do beyond those with one message each way, which stand in methods.cpp.
namespace longshore::grpc {

class Call;

// chunks.cpp
Task<void> upload_chunk(Call& call);
Task<void> upload_chunk_stream(Call& call);

// uploads.cpp
Task<void> initiate_upload(Call& call);
Task<void> complete_upload(Call& call);
Task<void> stream_upload_progress(Call& call);

// health.cpp
Task<void> check_health(Call& call);
Task<void> watch_health(Call& call);

// reflection.cpp; serves v1 and v1alpha, whose messages are the same
Task<void> reflect(Call& call);

}  // namespace longshore::grpc
