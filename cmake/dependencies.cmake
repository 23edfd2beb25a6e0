# Everything that is not ours. All of it is Debian's (scripts/install-deps); nothing is downloaded here.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers json)
find_package(SQLite3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(tomlplusplus CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(pugixml CONFIG REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Asio and Beast, compiled in one place: saves two seconds for each file that includes them.
add_library(ls_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio.cpp)
target_compile_definitions(ls_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(ls_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)

# The messages of api/, generated: #include "longshore/v1/longshore.pb.h".
set(proto_root ${PROJECT_SOURCE_DIR}/api)
set(proto_out ${PROJECT_BINARY_DIR}/proto)
file(GLOB_RECURSE proto_files CONFIGURE_DEPENDS RELATIVE ${proto_root} ${proto_root}/*.proto)
file(MAKE_DIRECTORY ${proto_out})
foreach(proto ${proto_files})
  string(REGEX REPLACE "\\.proto$" ".pb" stem ${proto})
  list(APPEND proto_sources ${proto_out}/${stem}.cc)
  list(APPEND proto_headers ${proto_out}/${stem}.h)
  list(APPEND proto_paths ${proto_root}/${proto})
endforeach()
add_custom_command(
  OUTPUT ${proto_sources} ${proto_headers}
  COMMAND protobuf::protoc --proto_path=${proto_root} --cpp_out=${proto_out} ${proto_files}
  DEPENDS ${proto_paths}
  COMMENT "Generating the messages of api/" VERBATIM)
add_library(ls_proto STATIC ${proto_sources} ${proto_headers})
target_include_directories(ls_proto SYSTEM PUBLIC ${proto_out})
target_link_libraries(ls_proto PUBLIC protobuf::libprotobuf Threads::Threads)
