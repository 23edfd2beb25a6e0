#pragma once

#include "postgres/schema.h"

namespace longshore::postgres {

/// The tables of docs/formats/catalog-postgres.md.
const Schema& catalog_schema();

}  // namespace longshore::postgres
