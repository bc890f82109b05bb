#!/bin/sh
# Builds the helper: build.sh OUTPUT. Does nothing when nothing changed. Static where the machine has a static C library, so that the
# program needs nothing of the place it runs in.
set -eu
cd "$(dirname "$0")"
output=$1
if [ -x "$output" ] && [ -z "$(find . -type f -newer "$output")" ]; then
    exit 0
fi
cc=${CC:-cc}
command -v "$cc" >/dev/null || { echo "no C compiler ($cc): install one, for example with: apt-get install gcc libc6-dev" >&2; exit 1; }
mkdir -p "$(dirname "$output")"
static=
if echo 'int main(void) { return 0; }' | "$cc" -static -x c - -o "$output.tmp" 2>/dev/null; then
    static=-static
fi
"$cc" -std=gnu11 -O2 -Wall -Wextra -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=2 $static ./*.c -o "$output.tmp"
mv "$output.tmp" "$output"
