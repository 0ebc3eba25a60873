# The native addon for node-gyp and prebuildify; CMakeLists.txt builds the same
# sources. -ffp-contract=off matters: results are compared bit for bit.
# GRADUS_NODE_ADDON_API names the folder of node-addon-api where it is not installed.
{
  'includes': ['native/sources.json'],
  'targets': [{
    'target_name': 'gradus',
    'sources': ['<@(kernel_sources)', '<@(core_sources)', '<@(addon_sources)'],
    'include_dirs': ['native', '<!(node -p "process.env.GRADUS_NODE_ADDON_API || require(\'node-addon-api\').include_dir")'],
    'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS_ALL', 'NODE_ADDON_API_DISABLE_DEPRECATED', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    'cflags!': ['-fno-exceptions', '-O2'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20', '-O2'],
    'cflags_cc': ['-std=c++20', '-O3', '-ffp-contract=off', '-fvisibility=hidden', '-Wall', '-Wextra'],
    'conditions': [
      ['OS=="linux"', {
        'cflags_cc': ['-ffunction-sections', '-fdata-sections'],
        'ldflags': [
          '-static-libstdc++', '-static-libgcc', '-pthread', '-Wl,--gc-sections', '-Wl,-z,now', '-Wl,-z,relro',
          # Never unloaded: every unloading would leave behind the 72 kB that libstdc++ keeps for exceptions.
          '-Wl,-z,nodelete',
          # Seen from build/, where make links: an absolute path would break at a space.
          '-Wl,--version-script=../native/addon/exports.map'
        ]
      }],
      ['OS=="mac"', {
        'xcode_settings': {
          'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
          'CLANG_CXX_LIBRARY': 'libc++',
          'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
          'GCC_ENABLE_CPP_RTTI': 'YES',
          'GCC_OPTIMIZATION_LEVEL': '3',
          'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
          'MACOSX_DEPLOYMENT_TARGET': '11.0',
          'OTHER_CPLUSPLUSFLAGS': ['-ffp-contract=off'],
          'OTHER_LDFLAGS': ['-Wl,-dead_strip']
        }
      }],
      ['OS=="win"', {
        'msvs_settings': {
          'VCCLCompilerTool': {
            'ExceptionHandling': 1,
            'RuntimeTypeInfo': 'true',
            'AdditionalOptions': ['/std:c++20', '/fp:precise', '/Zc:__cplusplus'],
            'AdditionalOptions!': ['/std:c++17']
          }
        }
      }]
    ]
  }]
}
