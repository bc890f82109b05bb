# Starts Belay's JVM, with an ahead-of-time cache (JDK 25) once one has been made.
# Sourced by ./belay, which provides ROOT; PRODUCT comes from build.sh, JAVA_HOME from require_jdk.

AOT_CACHE=$PRODUCT/belay.aot
# What the cache was made for; written last, also when no cache could be made, so that it is tried once per build.
AOT_KEY=$PRODUCT/belay.aot.key

JVM_FLAGS=(
  --enable-native-access=ALL-UNNAMED         # SQLite's library and system calls
  --sun-misc-unsafe-memory-access=allow
  -Xms64m                                    # a quiet server gives memory back down to this
  -XX:+UseCompactObjectHeaders               # four bytes less for each object
  -Djdk.pollerMode=1                         # who waits for a socket is woken by one thread instead of two
  '-Xlog:aot*=off' '-Xlog:cds*=off'          # a cache that does not fit is ignored without a word
)
# Rather some more short pauses than a heap three times as large as what is in it: most garbage is a request's. What the compiler and SQLite
# have given back to malloc goes back to the machine, now and then (milliseconds). Large pages, where the machine has them: a task that comes
# after a pause finds its code and its data in fewer places.
SERVER_MEMORY=(
  -XX:+UseG1GC -XX:GCTimeRatio=2 -XX:MaxNewSize=128m
  -XX:TrimNativeHeapInterval=10000
  -XX:+UseTransparentHugePages '-Xlog:pagesize=off'
)
COMMAND_MEMORY=(-XX:+UseSerialGC)

start_java() {
  local class_path flags=("${JVM_FLAGS[@]}")
  class_path=$(product_class_path)
  case "$1 ${BELAY_JAVA_OPTS:-}" in
    *-XX:+Use*GC*) ;; # the user has chosen
    serve* | demo* | bench*) flags+=("${SERVER_MEMORY[@]}") ;;
    *) flags+=("${COMMAND_MEMORY[@]}") ;;
  esac
  if [[ $1 == bench ]]; then
    train_aot_cache
  else
    # From a subshell that ends at once: the trainer must not become a child of Belay's JVM.
    (train_aot_cache --nonblock </dev/null >/dev/null 2>&1 &)
  fi
  if aot_is_current && [[ -f $AOT_CACHE ]]; then flags+=("-XX:AOTCache=$AOT_CACHE"); fi
  # The benchmarks, and the model server that they ask, are no part of the product; appended, the cache still fits.
  if [[ $1 == bench ]]; then
    class_path+=$(printf ':%s' "$ROOT"/bench/target/belay-bench-*.jar "$ROOT"/model-double/target/belay-model-double-*.jar)
  fi
  # The JVM reads arguments and file names in the locale's encoding, which in a bare container is ASCII.
  [[ $(locale charmap 2>/dev/null) == UTF-8 ]] || export LC_ALL=C.UTF-8
  # shellcheck disable=SC2086 # BELAY_JAVA_OPTS holds several words
  exec "$JAVA_HOME/bin/java" "${flags[@]}" ${BELAY_JAVA_OPTS:-} -cp "$class_path" dev.belay.cli.Main "$@"
}

# Every jar by name and in a fixed order, which the cache needs.
product_class_path() {
  local LC_ALL=C IFS=: jars
  jars=("$PRODUCT"/lib/*.jar)
  [[ -f ${jars[0]} ]] || die 1 "belay: $PRODUCT/lib holds no jar; run ./belay without BELAY_NO_BUILD to build it."
  echo "${jars[*]}"
}

aot_key() {
  echo "$JAVA_HOME $(jdk_version "$JAVA_HOME") ${JVM_FLAGS[*]} ${SERVER_MEMORY[*]}"
  stat -c '%n %s %Y' "$PRODUCT"/lib/*.jar
}

aot_is_current() { [[ -r $AOT_KEY && $(<"$AOT_KEY") == "$(aot_key)" ]]; }

# Makes the cache from a run that starts a server and serves a few requests. Never fails, never speaks.
# With --nonblock it leaves the work to a trainer that is at it already.
train_aot_cache() (
  set +e
  exec 9<"$PRODUCT" && [[ -w $PRODUCT ]] && flock "$@" 9 || return 0
  aot_is_current && return 0
  local key partial=$AOT_CACHE.partial
  key=$(aot_key)
  rm -f "$AOT_CACHE" "$partial"
  nice -n 19 timeout 120 "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" "${SERVER_MEMORY[@]}" "-XX:AOTCacheOutput=$partial" \
    -cp "$(product_class_path)" dev.belay.cli.Main warm >/dev/null 2>&1 9<&- && mv "$partial" "$AOT_CACHE"
  rm -f "$partial" "$partial".*
  echo "$key" >"$AOT_KEY"
  return 0
)
