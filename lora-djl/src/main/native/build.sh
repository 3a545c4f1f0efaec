#!/bin/sh
# Compiles the native library: build.sh OUTPUT_DIRECTORY
# Leaves OUTPUT_DIRECTORY/SYSTEM-PROCESSOR/liblora4j.so. Without a C compiler it says so and
# succeeds: the library then runs on libtorch's operators alone. CC and CFLAGS are heeded.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
case "$(uname -s)" in
  Linux) system=linux ;;
  *)
    echo "lora4j native: no native kernels for $(uname -s); the portable operators will be used"
    exit 0
    ;;
esac
processor=$(uname -m)
cc=${CC:-cc}
if ! command -v "${cc%% *}" >/dev/null 2>&1; then
  echo "lora4j native: no C compiler ($cc); the portable operators will be used"
  exit 0
fi

target="$1/$system-$processor"
library="$target/liblora4j.so"
if [ -f "$library" ] && [ -z "$(find "$here" -newer "$library" -type f)" ]; then
  exit 0
fi
mkdir -p "$target"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

flags="-std=gnu11 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -Wall -Wextra -Werror ${CFLAGS:-}"
compile() { # source, name of the object, further flags
  source=$1 object=$2
  shift 2
  # shellcheck disable=SC2086
  $cc $flags "$@" -c "$here/$source" -o "$objects/$object.o"
}

compile threads.c threads
compile codebooks.c codebooks
compile exports.c exports
compile low_rank_exports.c low_rank_exports
compile adamw_exports.c adamw_exports
compile paged_exports.c paged_exports
compile rank_terms_exports.c rank_terms_exports
compile program.c program
compile steps.c steps
for kernels in kernels adamw token low_rank paged rank_terms; do
  compile "$kernels.c" "$kernels-plain"
  if [ "$processor" = x86_64 ]; then
    compile "$kernels.c" "$kernels-avx2" -mavx2 -mfma -mf16c
    compile "$kernels.c" "$kernels-avx512" -mavx512f -mavx512bw -mavx512vl -mavx512dq \
      -mavx2 -mfma -mf16c -mprefer-vector-width=512
  fi
done
# Written under another name and renamed, so that a build that breaks off leaves no half library.
# shellcheck disable=SC2086
$cc -shared -o "$library.part" "$objects"/*.o -lm -ldl
mv "$library.part" "$library"
