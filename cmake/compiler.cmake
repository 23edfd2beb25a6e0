# How everything is compiled: the one compiler, the flags, the warnings, the sanitizers, the cache.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "Longshore needs clang++ 19 or later, not ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.\n"
    "g++ 12 silently miscompiles coroutines (temporaries next to co_await are destroyed twice), at -O0 as at -O2.\n"
    "Use a preset: cmake --preset release  (scripts/install-deps installs the compiler)")
endif()

option(LONGSHORE_ASAN "Build with the address and undefined behaviour sanitizers" OFF)
option(LONGSHORE_TSAN "Build with the thread sanitizer" OFF)
option(LONGSHORE_HARDENING "Build with the hardening flags of what is shipped" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

# -ffile-prefix-map: no path of the building machine in binaries or in assertion messages.
add_compile_options(-fno-omit-frame-pointer "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
add_link_options(-fuse-ld=lld -Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections)

if(LONGSHORE_ASAN)
  # fuzzer-no-link: so that the fuzzers of tests/fuzz see which branches an input takes.
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(LONGSHORE_TSAN)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(LONGSHORE_HARDENING)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection
                      -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

# The warnings stand in one target, which only our own code links: generated code and Asio do not.
add_library(ls_warnings INTERFACE)
target_compile_options(ls_warnings INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wcast-qual
  -Wimplicit-fallthrough -Wextra-semi -Wdouble-promotion -Wformat=2 -Wshorten-64-to-32 -Wmissing-declarations
  -Wrange-loop-analysis -Wunreachable-code -Wsuggest-override
  # A request struct names what differs from its defaults, and no more.
  -Wno-missing-designated-field-initializers -Wno-missing-field-initializers)

# Paths are made relative, so that clones and build folders share what was compiled once.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()
