# expect: the case for ashlar [0-9.]+ ended
# One folder looks for Highway itself, so that its target is seen in that folder alone; another folder uses ashlar.
core_is_installed()
foreach(folder IN ITEMS one two)
  file(WRITE ${PROJECT_BINARY_DIR}/${folder}/CMakeLists.txt "
    if(${folder} STREQUAL one)
      find_package(hwy REQUIRED)
    endif()
    find_package(ashlar CONFIG REQUIRED)
    add_executable(program_${folder} ${PROJECT_SOURCE_DIR}/empty.cpp)
    target_link_libraries(program_${folder} PRIVATE ashlar::ashlar)")
  add_subdirectory(${PROJECT_BINARY_DIR}/${folder} build_${folder})
endforeach()
