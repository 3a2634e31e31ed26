# expect failure: 'zlib': needs the package 'ZLIB'\.
core_is_installed()
installed(zstd zstd::libzstd)
find_package(ashlar CONFIG REQUIRED COMPONENTS zstd zlib)
