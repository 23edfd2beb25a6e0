// Must not compile: it is built as a part of src/base, and src/domain stands above that.
#include "domain/error.h"
