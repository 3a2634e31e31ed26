# expect: the case for ashlar [0-9.]+ ended
core_is_installed()
installed(ZLIB ZLIB::ZLIB)
find_package(ashlar CONFIG REQUIRED COMPONENTS zlib)
check(ashlar_zlib_FOUND)
check(TARGET ashlar::zlib)
check_linked(zlib ZLIB::ZLIB)
add_executable(program ${PROJECT_SOURCE_DIR}/empty.cpp)
target_link_libraries(program PRIVATE ashlar::zlib)
