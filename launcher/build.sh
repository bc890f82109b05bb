# Builds the product when its sources changed, and runs the gated builds of `test` and `check`.
# Sourced by ./belay, which provides ROOT; JAVA_HOME is set by require_jdk.

PRODUCT=$ROOT/cli/target/belay
BUILD_LOG=$ROOT/target/belay-build.log
FULL_OUTPUT=$ROOT/target/full-suite.log

# True if the last build was of other sources. BELAY_NO_BUILD is set for what runs inside a build.
build_is_due() {
  [[ -n ${BELAY_NO_BUILD:-} ]] && return 1
  [[ ! -r $PRODUCT/stamp || $(<"$PRODUCT/stamp") != "$(source_stamp)" ]]
}

# One hash over name and content of all that the product is made of; tests are not.
source_stamp() (
  cd "$ROOT" || exit
  shopt -s nullglob
  find pom.xml .mvn ./*/pom.xml ./*/src/main ./*/native -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
    sha256sum | cut -d' ' -f1
)

# The lock is on the checkout's directory, and only the subshell holds it: Java must not inherit it.
build_product() {
  build_is_due || return 0
  (
    flock -n 9 || { say "Waiting for another build of this checkout ..." && flock 9; }
    if build_is_due; then package_product; fi
  ) 9<"$ROOT"
}

package_product() {
  local stamp
  require_maven_version
  stamp=$(source_stamp)
  if [[ -d $PRODUCT ]]; then
    say "Building Belay (sources changed) ..."
  else
    say "Building Belay (the first time this takes a few minutes) ..."
  fi
  clear_product
  if ! maven -q -Dquick -Dmaven.test.skip=true package >"$BUILD_LOG" 2>&1 9<&-; then
    tail -n 40 "$BUILD_LOG" >&2
    die 1 "belay: the build failed; all of its output is in $BUILD_LOG"
  fi
  echo "$stamp" >"$PRODUCT/stamp"
}

# New files in place of old ones, so that a server which still runs from them keeps its own.
clear_product() {
  rm -rf "$PRODUCT"
  mkdir -p "$ROOT/target"
}

# Colours for a terminal only: by itself Maven 3.8 colours what goes into a file, too.
maven() (
  local flags=(--no-transfer-progress)
  [[ -t 1 ]] || flags+=(--batch-mode)
  cd "$ROOT" || exit
  # Maven's own libraries use what JDK 25 warns about.
  MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}" mvn "${flags[@]}" "$@"
)

require_maven_version() {
  local version
  version=$(mvn -version 2>&1 | grep -oE 'Apache Maven [0-9.]+' | grep -oE '[0-9.]+$') || version=unknown
  [[ $(printf '%s\n' 3.8 "$version" | sort -V | head -n 1) == 3.8 ]] ||
    die 1 "belay: this Maven is version $version; Belay needs 3.8 or newer (https://maven.apache.org/download.cgi)."
}

# A suite is a JUnit tag; a name that no test carries would pass by running nothing.
require_suite() {
  local suites
  suites=$(cd "$ROOT" && grep -rhoE '@Tag\("[^"]+"\)' --include='*.java' -- */src/test 2>/dev/null |
    sed -E 's/@Tag\("(.*)"\)/\1/' | sort -u) || true
  grep -qxF -- "$1" <<<"$suites" || die 2 "belay test: there is no suite '$1'. Suites: ${suites//$'\n'/ }"
}

# A Python with the clients that the drop-in tests drive; tests find it as the system property belay.client.python. What is published for
# macOS alone lies beside it: a test runs the Python half of it, with a stand-in for the native one.
make_client_environment() {
  local place=$ROOT/target/clients wanted=$ROOT/launcher/client-requirements.txt foreign=$ROOT/launcher/mac-client-requirements.txt
  cat "$wanted" "$foreign" | cmp -s - "$place/installed.txt" && return
  say "Installing the Python clients that the tests drive into target/clients ..."
  rm -rf "$place"
  "$(sandbox_python)" -m venv "$place"
  "$place/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  "$place/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform macosx_11_0_arm64 \
    --implementation cp --python-version 3.13 --abi cp313 --target "$place/mac" -r "$foreign"
  cat "$wanted" "$foreign" >"$place/installed.txt"
}

# What the suites found, for bench/RESULTS.md: their lines in the output of the last full run.
report_results() {
  local commit
  commit=$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null) || commit=unknown
  say "For bench/RESULTS.md:"
  printf '\n%s, commit %s, %s cores, kernel %s, load average at the end %s:\n\n' \
    "$(date +%F)" "$commit" "$(nproc)" "$(uname -r)" "$(cut -d' ' -f1-3 /proc/loadavg)"
  sed -n 's/^result: /- /p' "$FULL_OUTPUT"
}

# Every module with all gates and tests. Maven's summary is the end of the output.
verify_everything() {
  local stamp
  require_maven_version
  stamp=$(source_stamp)
  (
    flock 9
    clear_compiled
    clear_product
    export BELAY_NO_BUILD=1
    maven --fail-at-end -Dbelay.client.python="$ROOT/target/clients/bin/python" "$@" verify 9<&-
    echo "$stamp" >"$PRODUCT/stamp"
  ) 9<"$ROOT"
}

check_gates() {
  local rules=bench/src/test/java/dev/belay/ArchitectureTest.java
  [[ -f $ROOT/$rules ]] || die 1 "belay check: $rules is missing, so the architecture rules cannot be checked."
  require_maven_version
  (
    flock 9
    clear_compiled
    maven -q -Dtest=dev.belay.ArchitectureTest -Dsurefire.failIfNoSpecifiedTests=false test 9<&-
  ) 9<"$ROOT"
  say "Formatting, Error Prone, NullAway and the architecture rules: all hold."
}

# The quick build leaves classes that no gate has seen, and Maven would take them as up to date.
clear_compiled() {
  rm -rf "$ROOT"/*/target/{classes,test-classes,maven-status}
}
