# SPDX-License-Identifier: BSL-1.0
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class AshlarConan(ConanFile):
    name = "ashlar"
    description = "Caching, pipelines and sharded storage for C++20, header-only"
    license = "BSL-1.0"
    topics = ("cache", "pipeline", "storage", "simd", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    # An adapter's headers always ship; its option only brings the library in.
    options = {"with_zlib": [True, False], "with_zstd": [True, False]}
    default_options = {"with_zlib": False, "with_zstd": False}
    exports_sources = "CMakeLists.txt", "LICENSE", "include/*"
    no_copy_source = True
    test_package_folder = "tests/package/conan/test_package"

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "include", "ashlar", "version.hpp"))
        self.version = re.search(r'ASHLAR_VERSION_STRING "([0-9.]+)"', text).group(1)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("highway/[>=1.0.3 <2]", transitive_headers=True, transitive_libs=True)
        self.requires("concurrentqueue/[>=1.0.3 <2]", transitive_headers=True)
        if self.options.with_zlib:
            self.requires("zlib/[>=1.2.11 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.with_zstd:
            self.requires("zstd/[>=1.5 <2]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["ASHLAR_BUILD_TESTS"] = False
        toolchain.cache_variables["ASHLAR_BUILD_EXAMPLES"] = False
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # The package's own CMake files are used: they compile the unit with the SIMD kernels once for the consumer.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("share", "cmake", "ashlar")]
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
