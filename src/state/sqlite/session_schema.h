#pragma once

#include "sqlite/schema.h"

namespace longshore::sqlite {

/// The tables of docs/formats/session.md.
const Schema& session_schema();

}  // namespace longshore::sqlite
