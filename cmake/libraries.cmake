# One static library a folder, which exports only its own headers.
#
# Each library has an include folder of its own in the build folder, holding a link for each of its headers; so a
# file sees the headers of the libraries that its own library names as DEPS (and of theirs), and an include that
# points anywhere else does not compile. A new header or source file is found at the next build (CONFIGURE_DEPENDS).

# longshore_target_name(OUT folder): the name of a folder's library.
function(longshore_target_name out folder)
  string(REPLACE "/" "_" name ${folder})
  set(${out} ls_${name} PARENT_SCOPE)
endfunction()

# longshore_export_headers(TARGET SCOPE PATH ROOT): links ROOT/PATH/*.h into TARGET's include folder, as "PATH/x.h".
function(longshore_export_headers target scope path root)
  set(include_dir ${PROJECT_BINARY_DIR}/include/${target})
  file(REMOVE_RECURSE ${include_dir})
  file(MAKE_DIRECTORY ${include_dir}/${path})
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${root}/${path} ${root}/${path}/*.h)
  foreach(header ${headers})
    file(CREATE_LINK ${root}/${path}/${header} ${include_dir}/${path}/${header} SYMBOLIC)
  endforeach()
  target_include_directories(${target} ${scope} ${include_dir})
endfunction()

# Every test runs at the root of the repository; LONGSHORE_BIN is the folder of the built programs. A system test has
# the machine for itself: it measures deadlines. Under a sanitizer all of them take ten times as long.
function(longshore_set_up_test name kind)
  set(limit_seconds 900)
  if(LONGSHORE_ASAN OR LONGSHORE_TSAN)
    set(limit_seconds 3600)
  endif()
  if(kind STREQUAL system)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS ${kind} TIMEOUT ${limit_seconds} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    ENVIRONMENT "LONGSHORE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()

# longshore_add_test(PROGRAM KIND): one ctest entry a program.
function(longshore_add_test program kind)
  add_test(NAME ${program} COMMAND ${program})
  longshore_set_up_test(${program} ${kind})
endfunction()

# longshore_add_python_test(NAME FILE KIND): the test NAME, which fails by its exit code.
function(longshore_add_python_test name file kind)
  add_test(NAME ${name} COMMAND Python3::Interpreter -B ${file})
  longshore_set_up_test(${name} ${kind})
endfunction()

# longshore_library(FOLDER [NAME n] [ROOT dir] [EXCLUDE file...] [DEPS folder...] [SYSTEM target...]
#                   [KIND label] [TEST_DEPS folder...] [TEST_PROGRAMS prefix])
#   The library ls_NAME (NAME: FOLDER with _ for /) from *.cpp of ROOT/FOLDER (ROOT: src), and from *_test.cpp the
#   program NAME_test, or with TEST_PROGRAMS one program prefix_X_test for each X_test.cpp. Tests see TEST_DEPS too.
#   A folder without sources, or not there yet, makes an INTERFACE library.
function(longshore_library folder)
  cmake_parse_arguments(arg "" "NAME;ROOT;KIND;TEST_PROGRAMS" "DEPS;SYSTEM;TEST_DEPS;EXCLUDE" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "longshore_library(${folder}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_ROOT)
    set(arg_ROOT ${PROJECT_SOURCE_DIR}/src)
  endif()
  if(NOT arg_NAME)
    string(REPLACE "/" "_" arg_NAME ${folder})
  endif()
  if(NOT arg_KIND)
    set(arg_KIND unit)
  endif()
  set(target ls_${arg_NAME})

  file(GLOB sources CONFIGURE_DEPENDS ${arg_ROOT}/${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  foreach(name ${arg_EXCLUDE})
    list(REMOVE_ITEM sources ${arg_ROOT}/${folder}/${name})
  endforeach()

  if(sources)
    set(scope PUBLIC)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PRIVATE ls_warnings)
  else()
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  longshore_export_headers(${target} ${scope} ${folder} ${arg_ROOT})

  foreach(dep ${arg_DEPS})
    longshore_target_name(dep_target ${dep})
    if(NOT TARGET ${dep_target})
      message(FATAL_ERROR "${folder} depends on ${dep}, which is not below it: dependencies point down only")
    endif()
    target_link_libraries(${target} ${scope} ${dep_target})
  endforeach()
  target_link_libraries(${target} ${scope} ${arg_SYSTEM})

  if(NOT tests)
    return()
  endif()
  set(test_targets ${target})
  foreach(dep ${arg_TEST_DEPS})
    longshore_target_name(dep_target ${dep})
    list(APPEND test_targets ${dep_target})
  endforeach()
  if(arg_TEST_PROGRAMS)
    foreach(test ${tests})
      cmake_path(GET test STEM stem)
      longshore_test_program(${arg_TEST_PROGRAMS}_${stem} ${arg_KIND} SOURCES ${test} LIBRARIES ${test_targets})
    endforeach()
  else()
    longshore_test_program(${arg_NAME}_test ${arg_KIND} SOURCES ${tests} LIBRARIES ${test_targets})
  endif()
endfunction()

# longshore_test_program(NAME KIND SOURCES file... LIBRARIES target...): a program of GoogleTest, and its ctest entry.
function(longshore_test_program name kind)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} ls_warnings GTest::gtest_main)
  longshore_add_test(${name} ${kind})
endfunction()

# longshore_program(NAME MAIN LIBRARY): the program NAME of the file MAIN, if it is there, and of LIBRARY.
function(longshore_program name main library)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${main})
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE ${library} ls_warnings)
    target_compile_definitions(${name} PRIVATE LONGSHORE_VERSION="${PROJECT_VERSION}")
  endif()
endfunction()
