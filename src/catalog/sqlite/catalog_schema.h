#pragma once

#include "sqlite/schema.h"

namespace longshore::sqlite {

/// The tables of docs/formats/catalog.md.
const Schema& catalog_schema();

}  // namespace longshore::sqlite
