/** What each ecosystem expects beside the sources of snn export, by path. */

const SOURCES = ['snn.c', 'golden.c', 'wasm2c.c', 'engine.c', 'network.c'];
const VERSION = '1.0.0';
const readme = (name, how) => `# ${name}

A spiking neural network as C: the engine of snn.wasm through wasm2c, its model in flash. No heap, no runtime, integers only.
\`src/network.h\`: \`snn_load()\` makes it ready and tests it on an image whose spikes are known; \`snn_classify()\` of \`src/snn.h\` answers.

${how}
Compile it with -O2, as its manifest does where it can.
`;

const MANIFESTS = {
  cmake: (name, example) => ({
    'CMakeLists.txt': `cmake_minimum_required(VERSION 3.13)
project(${name} C)
add_library(${name} STATIC ${SOURCES.map((s) => `src/${s}`).join(' ')})
target_include_directories(${name} PUBLIC src)
target_compile_options(${name} PRIVATE -O2)
if(CMAKE_SOURCE_DIR STREQUAL PROJECT_SOURCE_DIR)
  add_executable(example examples/example.c)
  target_link_libraries(example ${name})
endif()
`,
    'examples/example.c': example,
    'README.md': readme(name, '    cmake -B build && cmake --build build && build/example\n'),
  }),
  arduino: (name) => ({
    'library.properties': `name=${name}
version=${VERSION}
author=snn.wasm
maintainer=snn.wasm
sentence=A spiking neural network with its model in flash.
paragraph=Made by snn export; integers only, no heap.
category=Data Processing
url=https://github.com/snn-wasm/snn.wasm
architectures=*
includes=network.h
`,
    [`examples/${name}/${name}.ino`]: `#include <network.h>

void setup() {
  Serial.begin(115200);
  struct snn_answer answer;
  int error = snn_load();
  if (error == SNN_OK) error = snn_classify(snn_example_image, SNN_IMAGE_BYTES, &answer);
  if (error == SNN_OK) Serial.println(answer.label);
  else Serial.println(snn_error_text(error));
}

void loop() {}
`,
    'README.md': readme(
      name,
      `Put this folder into Arduino's \`libraries\`, open the example \`${name}\`. 32-bit boards only.\n`,
    ),
  }),
  'esp-idf': (name, example) => ({
    'CMakeLists.txt': `idf_component_register(SRCS ${SOURCES.map((s) => `src/${s}`).join(' ')} INCLUDE_DIRS src)
target_compile_options(\${COMPONENT_LIB} PRIVATE -O2)
`,
    'idf_component.yml': `version: "${VERSION}"
description: A spiking neural network with its model in flash
dependencies:
  idf: ">=4.4"
`,
    'examples/main/CMakeLists.txt': `idf_component_register(SRCS main.c PRIV_REQUIRES ${name})\n`,
    'examples/main/main.c': example
      .replace('int main(void)', 'void app_main(void)')
      .replace('  return error;\n', ''),
    'examples/CMakeLists.txt': `cmake_minimum_required(VERSION 3.16)
set(EXTRA_COMPONENT_DIRS "..")
include($ENV{IDF_PATH}/tools/cmake/project.cmake)
project(example)
`,
    'README.md': readme(
      name,
      `Name this folder \`${name}\` and put it into a project's \`components\`; or \`cd examples && idf.py build flash monitor\`.\n`,
    ),
  }),
  zephyr: (name, example) => ({
    'zephyr/module.yml': `name: ${name}\nbuild:\n  cmake: .\n  kconfig: Kconfig\n`,
    Kconfig: `config ${name.toUpperCase()}\n\tbool "${name}: a spiking neural network with its model in flash"\n`,
    'CMakeLists.txt': `if(CONFIG_${name.toUpperCase()})
  zephyr_library_named(${name})
  zephyr_library_sources(${SOURCES.map((s) => `src/${s}`).join(' ')})
  zephyr_library_compile_options(-O2)
  zephyr_include_directories(src)
endif()
`,
    'examples/CMakeLists.txt': `cmake_minimum_required(VERSION 3.20)
list(APPEND ZEPHYR_EXTRA_MODULES \${CMAKE_CURRENT_SOURCE_DIR}/..)
find_package(Zephyr REQUIRED HINTS $ENV{ZEPHYR_BASE})
project(example)
target_sources(app PRIVATE src/main.c)
`,
    'examples/prj.conf': `CONFIG_${name.toUpperCase()}=y\nCONFIG_MAIN_STACK_SIZE=2048\n`,
    'examples/src/main.c': example,
    'README.md': readme(name, '    west build -b nucleo_f411re examples && west flash\n'),
  }),
};

export function manifestsFor(build, name, example) {
  return MANIFESTS[build](name, example);
}
