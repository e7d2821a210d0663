# The course's modules as CMake targets. The folders are the list; course.yaml names them and
# `tito dev check` proves that the two agree.
#
# For a module 15_quantization:
#   reference_15_quantization  archive of solutions/15_quantization (absent in a student's package)
#   exported_15_quantization   archive of tinytorch/exported/15_quantization, where that exists, and
#                              of the reference of the parts that are not in it
#   learner_15_quantization    objects of modules/15_quantization; not built by default: tito
#                              compiles these itself with the command recorded for each source
#   tests_15_quantization      objects of the learner tests
#   checks_15_quantization     objects of the judge's checks
# Each archive, and each set of objects that stands in for one, holds its table of tasks where the
# engine asks for that (course_find_task_table).
# `composed` is the library that milestones and recipes link: for each module the exported sources,
# else the reference, else the learner's own.

function(course_modules_from_folders)
  set(found "")
  foreach(room IN ITEMS modules solutions)
    file(GLOB folders RELATIVE "${PROJECT_SOURCE_DIR}/${room}"
         "${PROJECT_SOURCE_DIR}/${room}/[0-9][0-9]_*")
    list(APPEND found ${folders})
  endforeach()
  list(REMOVE_DUPLICATES found)
  list(SORT found)
  set(COURSE_MODULES "${found}" PARENT_SCOPE)
endfunction()

# The parameters of a stub are unused by nature, and so are the members that only its answer uses.
# A library, since clang heeds the last word only and what is linked last comes last.
add_library(stub_options INTERFACE)
target_compile_options(stub_options INTERFACE -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unused-private-field>)

# The engine asks of some modules which tasks are written: those that have a
# tinytorch/<room>/<name>/written_tasks.cpp.in. `out` becomes that file, or nothing.
function(course_find_task_table out module)
  string(REGEX REPLACE "^[0-9]+_" "" name "${module}")
  file(GLOB template "${PROJECT_SOURCE_DIR}/tinytorch/*/${name}/written_tasks.cpp.in")
  set(${out} "${template}" PARENT_SCOPE)
endfunction()

# `out` becomes the source that answers for a module made of `sources` (further arguments), or
# nothing. `target` names it: two targets may be made of different sources.
function(course_add_task_table out target module)
  course_find_task_table(template ${module})
  set(${out} "" PARENT_SCOPE)
  if(NOT template)
    return()
  endif()
  set(script "${PROJECT_SOURCE_DIR}/cmake/task_table.cmake")
  set(table "${PROJECT_BINARY_DIR}/task_tables/${target}.cpp")
  add_custom_command(OUTPUT "${table}"
    COMMAND "${CMAKE_COMMAND}" -D "SOURCES=${ARGN}" -D "TEMPLATE=${template}" -D "OUTPUT=${table}"
            -P "${script}"
    DEPENDS ${ARGN} "${template}" "${script}" VERBATIM)
  set(${out} "${table}" PARENT_SCOPE)
endfunction()

# An archive of every source in `folder`, a module's; nothing when the folder has none.
function(course_add_archive target folder)
  file(GLOB sources "${PROJECT_SOURCE_DIR}/${folder}/*.cpp")
  if(NOT sources)
    return()
  endif()
  get_filename_component(module "${folder}" NAME)
  course_add_archive_of(${target} ${module} ${sources})
endfunction()

# The parts that a learner exported, and the reference of the others; in a student's package, which
# has no reference, their stubs.
function(course_add_exported module)
  set(folder "${PROJECT_SOURCE_DIR}/tinytorch/exported/${module}")
  file(GLOB own "${folder}/*.cpp")
  if(NOT own)
    return()
  endif()
  set(sources ${own})
  file(GLOB others "${PROJECT_SOURCE_DIR}/solutions/${module}/*.cpp")
  if(NOT others)
    file(GLOB others "${PROJECT_SOURCE_DIR}/stubs/${module}/*.cpp")
  endif()
  foreach(other IN LISTS others)
    get_filename_component(name "${other}" NAME)
    if(NOT EXISTS "${folder}/${name}")
      list(APPEND sources "${other}")
    endif()
  endforeach()
  # What a learner wrote passed its tests without warnings; what -O3 adds are guesses.
  set_source_files_properties(${own} PROPERTIES COMPILE_OPTIONS -Wno-error)
  course_add_archive_of(exported_${module} ${module} ${sources})
endfunction()

# `out` becomes those of the sources (further arguments) with a faster form in the engine
# (tinytorch/core/engine_form.h).
function(course_find_engine_forms out)
  set(found "")
  foreach(source IN LISTS ARGN)
    file(STRINGS "${source}" lines REGEX "ENGINE_FORM\\(" LIMIT_COUNT 1)
    if(lines)
      list(APPEND found "${source}")
    endif()
  endforeach()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# An archive of a module's sources (further arguments) with its table of tasks.
function(course_add_archive_of target module)
  set(sources ${ARGN})
  course_find_engine_forms(forms ${sources})
  if(forms)
    set_source_files_properties(${forms} PROPERTIES COMPILE_DEFINITIONS TINYTORCH_ENGINE_FORMS
                                SKIP_PRECOMPILE_HEADERS ON)
  endif()
  course_add_task_table(table ${target} ${module} ${sources})
  list(APPEND sources ${table})
  add_library(${target} STATIC ${sources})
  set_library_options(${target})
  target_precompile_headers(${target} REUSE_FROM library_pch)
endfunction()

# What the given sources and a module's archive are compiled with.
function(set_library_options target)
  target_link_libraries(${target} PUBLIC tinytorch_options PRIVATE stub_options Eigen3::Eigen ZLIB::ZLIB)
endfunction()

function(course_add_learner_pch)
  # One precompiled header for all the learner's sources: most of a lean source's compile time is
  # the standard headers'.
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/learner_pch.cpp" CONTENT "// Holds the precompiled header.\n")
  add_library(learner_pch OBJECT "${PROJECT_BINARY_DIR}/learner_pch.cpp")
  course_learner_options(learner_pch)
  # By the text of the headers, comments and all: with headers of ours in it, a precompiled header
  # that differs in a comment is another one, which the preprocessor does not see.
  if(CCACHE_PROGRAM)
    list(TRANSFORM CMAKE_CXX_COMPILER_LAUNCHER REPLACE "^CCACHE_NOHASHDIR=1$" "CCACHE_NOHASHDIR=1;CCACHE_DEPEND=1"
      OUTPUT_VARIABLE launcher)
    set_target_properties(learner_pch PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
  endif()
  set(headers "")  # those there are: a package of an early module holds fewer rooms
  foreach(header IN ITEMS core/error.h core/tensor.h autograd/node.h nn/module.h core/instances.h)
    if(EXISTS "${PROJECT_SOURCE_DIR}/tinytorch/${header}")
      list(APPEND headers "<tinytorch/${header}>")
    endif()
  endforeach()
  target_precompile_headers(learner_pch PRIVATE
    <algorithm> <array> <cmath> <cstdint> <cstring> <functional> <limits> <memory> <numeric> <span>
    <string> <utility> <vector> ${headers})
endfunction()

function(course_add_modules)
  if(NOT TINYTORCH_LIBRARY_ONLY)
    course_add_learner_pch()
  endif()

  set(composed "")
  foreach(module IN LISTS COURSE_MODULES)
    course_add_archive(reference_${module} solutions/${module})
    course_add_exported(${module})

    file(GLOB sources "${PROJECT_SOURCE_DIR}/modules/${module}/*.cpp")
    if(sources AND NOT TINYTORCH_LIBRARY_ONLY)
      add_library(learner_${module} OBJECT EXCLUDE_FROM_ALL ${sources})
      course_learner_options(learner_${module})
      target_precompile_headers(learner_${module} REUSE_FROM learner_pch)
    endif()

    if(TARGET exported_${module})
      list(APPEND composed exported_${module})
    elseif(TARGET reference_${module})
      list(APPEND composed reference_${module})
    elseif(sources)
      course_add_archive(stub_${module} modules/${module})
      list(APPEND composed stub_${module})
    endif()
  endforeach()

  set(COURSE_COMPOSED "${composed}" PARENT_SCOPE)
  add_library(composed INTERFACE)
  # The rooms call each other across module borders, so the archives are searched as one group.
  string(JOIN "," group given ${composed})
  target_link_libraries(composed INTERFACE "$<LINK_GROUP:RESCAN,${group}>" ZLIB::ZLIB Threads::Threads)

  set(reference given)
  foreach(module IN LISTS COURSE_MODULES)
    if(TARGET reference_${module})
      list(APPEND reference reference_${module})
    elseif(TARGET stub_${module})
      list(APPEND reference stub_${module})
    endif()
  endforeach()
  add_library(reference INTERFACE)
  string(JOIN "," group ${reference})
  target_link_libraries(reference INTERFACE "$<LINK_GROUP:RESCAN,${group}>" ZLIB::ZLIB Threads::Threads)
endfunction()

# ladder_NN_name (and ladder_NN_name_reference): what `tito bench NN` runs. bench/ladder/NN_name.cpp
# with the sources beside it, on the learner's module, optimised, and on the reference. Built on
# demand; an edit is compiled by ninja alone.
function(course_add_ladders)
  file(GLOB shared "${PROJECT_SOURCE_DIR}/bench/ladder/[a-z]*.cpp")
  foreach(module IN LISTS COURSE_MODULES)
    set(program "${PROJECT_SOURCE_DIR}/bench/ladder/${module}.cpp")
    if(NOT EXISTS "${program}")
      continue()
    endif()
    set(others given)
    foreach(other IN LISTS COURSE_COMPOSED)
      string(REGEX REPLACE "^[a-z]+_" "" name "${other}")
      if(NOT name STREQUAL module)
        list(APPEND others ${other})
      endif()
    endforeach()
    file(GLOB learners "${PROJECT_SOURCE_DIR}/modules/${module}/*.cpp")
    course_add_task_table(table fast_${module} ${module} ${learners})
    add_library(fast_${module} OBJECT EXCLUDE_FROM_ALL ${learners} ${table})
    target_link_libraries(fast_${module} PUBLIC tinytorch_options PRIVATE stub_options)
    # What optimisation warns about on top is no mistake; tito test shows the others.
    target_compile_options(fast_${module} PRIVATE -O3 -Wno-error)
    set(kinds learner)
    if(TARGET reference_${module})
      list(APPEND kinds reference)
    endif()
    foreach(kind IN LISTS kinds)
      set(target ladder_${module})
      set(own "$<TARGET_OBJECTS:fast_${module}>")
      set(archives ${others})
      if(kind STREQUAL "reference")
        set(target ladder_${module}_reference)
        set(own "")
        list(APPEND archives reference_${module})
      endif()
      add_executable(${target} EXCLUDE_FROM_ALL ${program} ${shared} ${own})
      string(JOIN "," group ${archives})
      target_link_libraries(${target} PRIVATE tinytorch_options "$<LINK_GROUP:RESCAN,${group}>"
        ZLIB::ZLIB Threads::Threads nlohmann_json::nlohmann_json)
      if(TARGET bench_peers)
        target_link_libraries(${target} PRIVATE bench_peers)
      endif()
      set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    endforeach()
  endforeach()
endfunction()

# Quick to compile and pleasant to debug.
function(course_learner_options target)
  target_link_libraries(${target} PUBLIC tinytorch_options PRIVATE stub_options)
  target_compile_options(${target} PRIVATE -O0 -g1)
  set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "")
endfunction()

# ready_NN_name: everything that testing a module needs and its learner does not edit. Their own
# sources are not in it: one that does not compile must not stop anything.
function(course_add_ready_targets)
  set(archives given)
  foreach(module IN LISTS COURSE_MODULES)
    foreach(kind IN ITEMS exported reference stub)
      if(TARGET ${kind}_${module})
        list(APPEND archives ${kind}_${module})
      endif()
    endforeach()
  endforeach()
  foreach(module IN LISTS COURSE_MODULES)
    set(needed ${archives})
    list(REMOVE_ITEM needed exported_${module} reference_${module} stub_${module})
    add_custom_target(ready_${module})
    add_dependencies(ready_${module} learner_pch learner_test_main ${needed})
    foreach(kind IN ITEMS tests_${module} checks_${module} worker_main)
      if(TARGET ${kind})
        add_dependencies(ready_${module} ${kind})
      endif()
    endforeach()
  endforeach()
endfunction()

# Writes what tito needs to compile and link a module itself: which archive each module comes
# from, and which objects hold its tests and checks.
function(course_write_tito_json)
  set(entries "")
  foreach(module IN LISTS COURSE_MODULES)
    set(origin "")
    set(archive "")
    foreach(candidate IN ITEMS exported reference stub)
      if(NOT origin AND TARGET ${candidate}_${module})
        set(origin ${candidate})
        set(archive "$<TARGET_FILE:${candidate}_${module}>")
      endif()
    endforeach()
    set(reference_archive "")
    if(TARGET reference_${module})
      set(reference_archive "$<TARGET_FILE:reference_${module}>")
    endif()
    foreach(kind IN ITEMS tests checks)
      set(${kind}_objects "")
      if(TARGET ${kind}_${module})
        set(${kind}_objects "\"$<JOIN:$<TARGET_OBJECTS:${kind}_${module}>,\", \">\"")
      endif()
    endforeach()
    course_find_task_table(table ${module})
    list(APPEND entries "    \"${module}\": {\n      \"task_table\": \"${table}\",\n      \"origin\": \"${origin}\",\n      \"archive\": \"${archive}\",\n      \"reference\": \"${reference_archive}\",\n      \"tests\": [${tests_objects}],\n      \"checks\": [${checks_objects}]\n    }")
  endforeach()
  string(JOIN ",\n" modules_json ${entries})
  file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/tito.json" CONTENT "{
  \"source_dir\": \"${PROJECT_SOURCE_DIR}\",
  \"build_dir\": \"${PROJECT_BINARY_DIR}\",
  \"compiler\": \"${CMAKE_CXX_COMPILER}\",
  \"link_flags\": [\"$<JOIN:$<FILTER:$<TARGET_PROPERTY:tinytorch_options,INTERFACE_LINK_OPTIONS>,INCLUDE,.>,\", \">\"],
  \"sanitize\": \"${TINYTORCH_SANITIZE}\",
  \"given\": \"$<TARGET_FILE:given>\",
  \"learner_test_main\": [\"$<JOIN:$<TARGET_OBJECTS:learner_test_main>,\", \">\"],
  \"learner_test_libraries\": [\"$<TARGET_FILE:GTest::gtest>\", \"-lz\", \"-pthread\"],
  \"worker_main\": [\"$<JOIN:$<TARGET_OBJECTS:worker_main>,\", \">\"],
  \"modules\": {
${modules_json}
  }
}
")
endfunction()
