#pragma once

#include <string>

#include "domain/error.h"

namespace longshore::sqlite {

/// When a call of SQLite failed, which decides what is known of the effect.
enum class Step {
  before_commit,  // reading or changing: a transaction that is not committed is undone whatever happens
  commit,         // the commit itself
};

/// The Error for SQLite's extended result code `code`, classified once and here:
///   refused  the file is damaged or no database of ours
///   unknown  an I/O error of the commit itself: the log may hold the transaction after a power cut
///   retry    all else: the disk is full, the database locked, an I/O error before the commit
/// `reason` says whose database it is (catalog_unavailable, state_unavailable); `message` is SQLite's.
Error failure(Reason reason, int code, const std::string& message, Step step);

}  // namespace longshore::sqlite
