# expect failure: 'memcached': no such component \(there is: zlib, zstd\)
core_is_installed()
find_package(ashlar CONFIG REQUIRED COMPONENTS memcached)
