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

# longshore_add_test(PROGRAM KIND): one ctest entry a program. It runs at the root of the repository.
function(longshore_add_test program kind)
  add_test(NAME ${program} COMMAND ${program} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${program} PROPERTIES LABELS ${kind} TIMEOUT 600)
endfunction()

# longshore_library(FOLDER [NAME n] [ROOT dir] [KIND kind] [EXCLUDE file...]
#                   [DEPS folder...] [SYSTEM target...] [TEST_DEPS folder...])
#   The library of ROOT/FOLDER (ROOT: src) from *.cpp, and the program <name>_test from *_test.cpp, linked with
#   TEST_DEPS too. A folder without sources, or not there yet, makes an INTERFACE library. KIND is the label in ctest.
function(longshore_library folder)
  cmake_parse_arguments(arg "" "NAME;ROOT;KIND" "DEPS;SYSTEM;TEST_DEPS;EXCLUDE" ${ARGN})
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

  if(tests)
    add_executable(${arg_NAME}_test ${tests})
    target_link_libraries(${arg_NAME}_test PRIVATE ${target} ls_warnings GTest::gtest_main)
    foreach(dep ${arg_TEST_DEPS})
      longshore_target_name(dep_target ${dep})
      target_link_libraries(${arg_NAME}_test PRIVATE ${dep_target})
    endforeach()
    longshore_add_test(${arg_NAME}_test ${arg_KIND})
  endif()
endfunction()

# longshore_bug_variant(NAME folder...): the object library NAME of the same sources, compiled again with
# LONGSHORE_BUGS=1: the deliberate bugs that prove that the simulation bites. Its objects take the place of the
# libraries' own in the program that links it, so the switch must stand in .cpp files, never in a header.
function(longshore_bug_variant name)
  add_library(${name} OBJECT)
  foreach(folder ${ARGN})
    longshore_target_name(target ${folder})
    get_target_property(kind ${target} TYPE)
    if(NOT kind STREQUAL "INTERFACE_LIBRARY")
      get_target_property(sources ${target} SOURCES)
      target_sources(${name} PRIVATE ${sources})
    endif()
    target_link_libraries(${name} PUBLIC ${target})
  endforeach()
  target_compile_definitions(${name} PRIVATE LONGSHORE_BUGS=1)
  target_link_libraries(${name} PRIVATE ls_warnings)
endfunction()
