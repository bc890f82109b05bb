#!/usr/bin/env bash
# Tests of the launcher: no network, stubs for Java, Maven and apt in a temporary directory.
# Prints one line per test, "ok", "skip" or "FAIL"; exits 1 if one failed. Run: bash launcher/test.sh [NAME]
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SHELF=$(mktemp -d)
chmod 755 "$SHELF"
trap 'rm -rf "$SHELF"' EXIT
ONLY=${1:-}
FAILED=0
PYTHON=$(PATH=/usr/local/bin:/usr/bin:/bin:$PATH type -P python3)
unset JAVA_HOME SDKMAN_DIR XDG_CACHE_HOME BELAY_JAVA_OPTS BELAY_NO_BUILD BELAY_ADOPTIUM_URL MAVEN_OPTS

source "$HERE/test/fixture.sh"
for tests in "$HERE"/test/*_test.sh; do
  source "$tests"
done

# Runs every function whose name starts with "it_", each in a directory and a shell of its own.
for name in $(declare -F | sed -n 's/^declare -f \(it_.*\)/\1/p'); do
  [[ -z $ONLY || $name == "$ONLY" ]] || continue
  T=$SHELF/$name
  mkdir -p "$T"
  (
    set -e
    make_project
    "$name"
  ) >"$T/test.log" 2>&1
  case $? in
    0) echo "ok    $name" ;;
    77) echo "skip  $name: $(tail -n 1 "$T/test.log")" ;;
    *)
      echo "FAIL  $name"
      sed 's/^/      /' "$T/test.log"
      FAILED=1
      ;;
  esac
done
exit "$FAILED"
