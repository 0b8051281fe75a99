# cmake -DBUILD=... -DINTO=... -P install.cmake: installs the build, then moves the tree to INTO.
set(first ${INTO}.first)
file(REMOVE_RECURSE ${first} ${INTO})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${first} COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${first} ${INTO})
