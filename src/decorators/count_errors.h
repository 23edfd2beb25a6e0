#pragma once

#include <utility>

#include "domain/error.h"
#include "obs/metrics.h"
#include "ports/body_source.h"

namespace longshore {

/// Whether an error tells of the store itself, and not of a request that it rightly refused.
inline bool is_fault_of(Reason unavailable, const Error& error) {
  return error.reason() == unavailable || error.reason() == Reason::internal ||
         error.reason() == Reason::integrity;
}

/// Has the counter at 0 for each error that may come to be counted.
inline void show_errors(Counters<ByError>& errors, Reason unavailable) {
  for (const Reason reason : {unavailable, Reason::internal, Reason::integrity}) {
    errors.show({to_string(reason)});
  }
}

/// Awaits a call of a port and counts the error that it ends with, if it is the port's own.
template <class T>
Task<T> counting_errors(Task<T> call, Counters<ByError>& errors, Reason unavailable) {
  try {
    co_return co_await std::move(call);
  } catch (const Error& error) {
    if (is_fault_of(unavailable, error)) errors.add({to_string(error.reason())});
    throw;
  }
}

}  // namespace longshore
