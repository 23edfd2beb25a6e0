#pragma once

#include <exception>
#include <string>

namespace longshore::postgres {

/// What a try that failed calls for, classified once and here.
struct Failure {
  enum class Kind {
    conflict,  // undone, and may succeed at once: a deadlock, a serialization failure, a statement's time
               // limit
    lost,      // undone; this connection is of no use: broken, shut down, a server that takes no writes
    busy,      // undone; later: no connection is free, the disk is full
    refused,   // undone, and it always will be: rights, a table that is not there
    unknown,   // the connection was lost at the commit
  };
  Kind kind = Kind::lost;
  std::string message;  // PostgreSQL's or libpq's, in one line
};

/// Of what libpqxx has thrown.
Failure judge(const std::exception& error);

}  // namespace longshore::postgres
