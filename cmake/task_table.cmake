# A source that knows which tasks of a module are still stubs: those whose `not_implemented("18.7")`
# stands in one of the module's sources. Run by the build, and by tito for sources of its own:
#
#   cmake -D SOURCES=a.cpp;b.cpp -D TEMPLATE=written_tasks.cpp.in -D OUTPUT=written_tasks.cpp -P this
#
# @STUBS@ in the template becomes their ids, quoted. What follows // is a comment. The output is
# written only when it differs, so that nothing is compiled anew while the same tasks are solved.
set(stubs "")
foreach(source IN LISTS SOURCES)
  file(READ "${source}" text)
  string(REGEX REPLACE "//[^\n]*" "" text "${text}")
  string(REGEX MATCHALL "not_implemented *\\( *\"[0-9]+\\.[0-9]+\"" found "${text}")
  foreach(stub IN LISTS found)
    string(REGEX MATCH "\"[0-9.]+\"" id "${stub}")
    list(APPEND stubs "${id}")
  endforeach()
endforeach()
list(REMOVE_DUPLICATES stubs)
list(SORT stubs COMPARE NATURAL)
string(JOIN ", " STUBS ${stubs})
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
