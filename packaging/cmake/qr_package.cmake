# Installs the QR library alone, for C++ (CMake package qrpay) and for C (pkg-config qrpay-qr):
#
#   cmake --build build --target qr_package
#   cmake --install build --component qr --prefix <folder>
#
# The result may be moved: nothing in it names the folder.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
include(${CMAKE_CURRENT_LIST_DIR}/headers.cmake)

set(qrpay_cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/qrpay)
set(qrpay_include_folder ${CMAKE_INSTALL_INCLUDEDIR}/qrpay)

# qrpay_install(<target> <name> <component> HEADERS <file>... [BASE <folder>] [INTO <folder>])
# Installs a library that outside projects link as qrpay::<name>, found by
# find_package(qrpay COMPONENTS <component>).
function(qrpay_install target name component)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "BASE;INTO" "HEADERS")
  set(base ${PROJECT_SOURCE_DIR}/${arg_BASE})
  list(TRANSFORM arg_HEADERS PREPEND ${PROJECT_SOURCE_DIR}/)
  target_sources(${target} PUBLIC
    FILE_SET HEADERS BASE_DIRS ${base} FILES ${arg_HEADERS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(qrpay::${name} ALIAS ${target})
  install(TARGETS ${target} EXPORT qrpay_${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT qr
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT qr NAMELINK_COMPONENT qr
    FILE_SET HEADERS DESTINATION ${arg_INTO} COMPONENT qr)
  add_dependencies(qr_package ${target})
endfunction()

function(qrpay_install_export component)
  install(EXPORT qrpay_${component} NAMESPACE qrpay:: FILE qrpay_${component}.cmake
    DESTINATION ${qrpay_cmake_folder} COMPONENT qr)
endfunction()

add_custom_target(qr_package)
qrpay_install(qrpay_base base qr HEADERS ${QRPAY_BASE_HEADERS} INTO ${qrpay_include_folder})
qrpay_install(qrpay_qr qr qr HEADERS ${QRPAY_QR_HEADERS} INTO ${qrpay_include_folder})
qrpay_install_export(qr)
qrpay_install(qrpay_qr_c qr_c qr_c
  HEADERS ${QRPAY_QR_C_HEADERS} BASE qr/c INTO ${CMAKE_INSTALL_INCLUDEDIR})
qrpay_install_export(qr_c)
qrpay_install(qrpay_qr_poster qr_poster qr_poster
  HEADERS ${QRPAY_QR_POSTER_HEADERS} INTO ${qrpay_include_folder})
qrpay_install_export(qr_poster)

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/qrpayConfig.cmake.in ${PROJECT_BINARY_DIR}/qrpayConfig.cmake
  INSTALL_DESTINATION ${qrpay_cmake_folder}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a second number that rises may break what was.
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/qrpayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/qrpayConfig.cmake ${PROJECT_BINARY_DIR}/qrpayConfigVersion.cmake
  DESTINATION ${qrpay_cmake_folder} COMPONENT qr)

file(RELATIVE_PATH qrpay_prefix_from_pc
  /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" qrpay_prefix_from_pc ${qrpay_prefix_from_pc})
configure_file(
  ${CMAKE_CURRENT_LIST_DIR}/qrpay-qr.pc.in ${PROJECT_BINARY_DIR}/qrpay-qr.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/qrpay-qr.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT qr)
