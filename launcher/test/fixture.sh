# What the launcher's tests are made of. Each test has its directory T with
#   project/  a copy of the launcher in a tiny checkout
#   home/     the user's home
#   bin/      the whole PATH: links to plain tools, and stubs
#   calls     what the stubs were asked to do, a line each

PLAIN_TOOLS='bash sh env cat chmod cmp cp cut date dirname find flock grep gzip head id ln ls mkdir mktemp mv nice nproc
  printf readlink rm sed sha256sum sleep sort stat tail tar tee timeout touch tr uname xargs'

make_project() {
  local tool
  mkdir -p "$T"/{bin,home} "$T"/project/{.mvn,cli/src/{main,test},bench/src/test}
  cp -r "$HERE/../belay" "$HERE" "$T/project/"
  # The copy's own tests must not run again inside the tests.
  echo 'echo "launcher tests" >>"$T/calls"' >"$T/project/launcher/test.sh"
  echo '<project/>' >"$T/project/pom.xml"
  echo 'class A {}' >"$T/project/cli/src/main/A.java"
  for tool in $PLAIN_TOOLS; do
    ln -s "$(type -P "$tool")" "$T/bin/$tool"
  done
  make_stub cc 'exit 0'
  make_stub bwrap 'exit 0'
  make_maven 3.9.9
  make_jdk "$T/jdk" 25.0.1
  : >"$T/calls"
  chmod 666 "$T/calls"
}

# make_stub NAME BODY
make_stub() {
  rm -f "$T/bin/$1"
  printf '#!%s\n%s\n' "$(type -P bash)" "$2" >"$T/bin/$1"
  chmod 755 "$T/bin/$1"
}

# A Maven that leaves a product behind, or fails if the file T/broken says so, or waits while T/hold exists.
make_maven() {
  make_stub mvn "
if [[ \$1 == -version ]]; then echo 'Apache Maven $1 (stub)'; exit; fi
echo \"mvn \$* in \$PWD\" >>'$T/calls'
while [[ -e '$T/hold' ]]; do sleep 0.05; done
if [[ -e '$T/broken' ]]; then cat '$T/broken'; exit 1; fi
mkdir -p cli/target/belay/lib bench/target model-double/target
echo \"\$RANDOM\" >cli/target/belay/lib/belay-cli.jar
echo bench >bench/target/belay-bench-0.jar
echo double >model-double/target/belay-model-double-0.jar
if [[ -e '$T/said' ]]; then cat '$T/said'; fi
echo 'BUILD SUCCESS'"
}

# make_jdk HOME VERSION [nocompiler]: its java notes how it was started and exits with the code in T/java-exit.
make_jdk() {
  mkdir -p "$1/bin"
  cat >"$1/bin/java" <<JAVA
#!$(type -P bash)
printf 'java' >>"$T/calls"
printf ' [%s]' "\$@" >>"$T/calls"
printf ' in %s\n' "\$PWD" >>"$T/calls"
for argument in "\$@"; do
  [[ \$argument != -XX:AOTCacheOutput=* ]] || { [[ ! -e "$T/untrainable" ]] && : >"\${argument#*=}" && exit; exit 2; }
done
exit "\$(cat "$T/java-exit" 2>/dev/null || echo 0)"
JAVA
  chmod 755 "$1/bin/java"
  echo "JAVA_VERSION=\"$2\"" >"$1/release"
  [[ ${3:-} == nocompiler ]] && return
  printf '#!%s\necho "javac %s"\n' "$(type -P bash)" "$2" >"$1/bin/javac"
  chmod 755 "$1/bin/javac"
}

# belay ARGUMENT...: the launcher as a user calls it; sets OUT, ERR and CODE and never fails itself.
belay() {
  run_isolated JAVA_HOME="$T/jdk" T="$T" "$T/project/belay" "$@"
}

# run_isolated NAME=VALUE... COMMAND...: with only the test's PATH and home.
run_isolated() {
  CODE=0
  env -i PATH="$T/bin" HOME="$T/home" TMPDIR="$T" "$@" </dev/null >"$T/out" 2>"$T/err" || CODE=$?
  OUT=$(<"$T/out")
  ERR=$(<"$T/err")
}

# in_launcher SCRIPT [NAME=VALUE...]: runs SCRIPT with the launcher's functions, on a machine without JDKs of its own.
in_launcher() {
  write_script "$1"
  shift
  run_isolated "$@" bash "$T/script.sh"
}

write_script() {
  cat >"$T/script.sh" <<SCRIPT
set -euo pipefail
ROOT=$T/project
ASSUME_YES=\${ASSUME_YES:-no}
source "\$ROOT/launcher/messages.sh"
source "\$ROOT/launcher/jdk.sh"
source "\$ROOT/launcher/packages.sh"
SYSTEM_JDK_PLACES=("$T/jvm")
SANDBOX_PATH=$T/bin
$1
SCRIPT
}

skip() {
  echo "$1"
  exit 77
}

# expect WHAT ACTUAL WANTED
expect() {
  [[ $2 == "$3" ]] && return
  printf '%s: expected\n%s\nbut it is\n%s\nstderr: %s\n' "$1" "$3" "$2" "${ERR:-}"
  exit 1
}

# contains WHAT TEXT PART
contains() {
  [[ $2 == *"$3"* ]] && return
  printf '%s: expected to contain\n%s\nbut it is\n%s\n' "$1" "$3" "$2"
  exit 1
}

# lacks WHAT TEXT PART
lacks() {
  [[ $2 != *"$3"* ]] && return
  printf '%s: expected to lack\n%s\nbut it is\n%s\n' "$1" "$3" "$2"
  exit 1
}

# await WHAT COMMAND...: until COMMAND succeeds, at most 20 seconds.
await() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@"; do
    ((SECONDS < end)) || { echo "$what did not happen" && exit 1; }
    sleep 0.05
  done
}

builds() { grep -c '^mvn .* package' "$T/calls" || true; }
last_start() { grep '^java .*dev.belay.cli.Main' "$T/calls" | grep -v '\[warm\]' | tail -n 1; }
