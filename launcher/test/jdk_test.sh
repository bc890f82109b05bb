# Where a JDK is found, which are refused, and the download from Adoptium (a stub on loopback).

FIND='find_jdk && echo "$JAVA_HOME" || printf "none; %s\n" "${JDK_REJECTED[@]}"'

it_finds_the_jdk_of_java_home() {
  make_jdk "$T/jvm/java-25" 25.0.2
  in_launcher "$FIND" JAVA_HOME="$T/jdk"
  expect home "$OUT" "$T/jdk"
}

it_finds_a_jdk_on_the_path_through_links() {
  mkdir "$T/alternatives"
  ln -s "$T/jdk/bin/javac" "$T/alternatives/javac"
  ln -s "$T/alternatives/javac" "$T/bin/javac"
  in_launcher "$FIND"
  expect home "$OUT" "$T/jdk"
}

it_finds_a_jdk_where_the_distribution_keeps_them() {
  make_jdk "$T/jvm/java-17-openjdk" 17.0.15
  make_jdk "$T/jvm/java-25-openjdk" 25
  in_launcher "$FIND"
  expect home "$OUT" "$T/jvm/java-25-openjdk"
}

it_finds_a_jdk_of_sdkman() {
  make_jdk "$T/home/.sdkman/candidates/java/25.0.1-tem" 25.0.1
  in_launcher "$FIND"
  expect home "$OUT" "$T/home/.sdkman/candidates/java/25.0.1-tem"
}

it_finds_a_jdk_in_its_own_cache() {
  make_jdk "$T/cache/belay/jdk/temurin-25" 25.0.1
  in_launcher "$FIND" XDG_CACHE_HOME="$T/cache"
  expect home "$OUT" "$T/cache/belay/jdk/temurin-25"
}

it_takes_newer_jdks_and_early_access_builds() {
  make_jdk "$T/jvm/java-26" 26-ea
  in_launcher "$FIND"
  expect home "$OUT" "$T/jvm/java-26"
}

it_asks_javac_where_there_is_no_release_file() {
  make_jdk "$T/jvm/java" 25.0.1
  rm "$T/jvm/java/release"
  in_launcher "$FIND"
  expect home "$OUT" "$T/jvm/java"
}

it_looks_further_when_java_home_is_too_old_or_wrong() {
  make_jdk "$T/old" 21.0.4
  make_jdk "$T/jvm/java-25" 25.0.1
  in_launcher "$FIND" JAVA_HOME="$T/old"
  expect home "$OUT" "$T/jvm/java-25"
  in_launcher "$FIND" JAVA_HOME="$T/nowhere"
  expect home "$OUT" "$T/jvm/java-25"
}

it_names_the_jdks_that_are_too_old_or_have_no_compiler() {
  make_jdk "$T/jvm/java-17" 17.0.15
  make_jdk "$T/jvm/java-8" 1.8.0_402
  make_jdk "$T/jvm/jre-25" 25.0.1 nocompiler
  in_launcher 'find_jdk || jdk_missing "Nothing fits."'
  expect exit "$CODE" 1
  contains message "$ERR" "$T/jvm/java-17 (17.0.15)"
  contains message "$ERR" "$T/jvm/java-8 (1.8.0_402)"
  contains message "$ERR" "$T/jvm/jre-25 (25.0.1, no javac)"
  contains message "$ERR" "sudo apt-get install -y openjdk-25-jdk-headless"
  contains message "$ERR" "sdk install java 25-tem"
  contains message "$ERR" "export JAVA_HOME="
}

it_downloads_a_jdk_without_asking_when_there_is_no_terminal() {
  serve_adoptium good
  in_launcher 'require_jdk; echo "$JAVA_HOME"' BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect exit "$CODE" 0
  expect home "$OUT" "$T/home/.cache/belay/jdk/temurin-25"
  contains progress "$ERR" "Downloading Eclipse Temurin 25"
  contains request "$(<"$T/requests")" "/v3/assets/latest/25/hotspot?architecture=x64&image_type=jdk&os=linux"
  expect 'what is left in the cache' "$(ls -A "$T/home/.cache/belay/jdk")" temurin-25
}

it_downloads_only_once() {
  serve_adoptium good
  in_launcher 'require_jdk' BELAY_ADOPTIUM_URL="$ADOPTIUM"
  : >"$T/requests"
  in_launcher 'require_jdk; echo "$JAVA_HOME"' BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect home "$OUT" "$T/home/.cache/belay/jdk/temurin-25"
  expect requests "$(<"$T/requests")" ""
}

it_refuses_and_deletes_a_download_with_a_wrong_checksum() {
  serve_adoptium wrong-checksum
  in_launcher require_jdk BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect exit "$CODE" 1
  contains message "$ERR" "The download was deleted: its SHA-256 is"
  contains message "$ERR" "export JAVA_HOME="
  expect 'what is left in the cache' "$(ls -A "$T/home/.cache/belay/jdk")" ""
}

it_refuses_an_answer_without_a_checksum() {
  serve_adoptium no-checksum
  in_launcher require_jdk BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect exit "$CODE" 1
  contains message "$ERR" "names no download with a SHA-256 checksum"
  expect 'what is left in the cache' "$(ls -A "$T/home/.cache/belay/jdk")" ""
}

it_says_what_to_do_when_adoptium_refuses() {
  serve_adoptium refuse
  in_launcher require_jdk BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect exit "$CODE" 1
  contains message "$ERR" "Adoptium could not be asked"
  contains message "$ERR" "403"
  contains message "$ERR" "unpack a JDK from https://adoptium.net/temurin/releases/?version=25"
}

it_says_what_to_do_when_offline() {
  serve_adoptium good
  stop_adoptium
  in_launcher require_jdk BELAY_ADOPTIUM_URL="$ADOPTIUM"
  expect exit "$CODE" 1
  contains message "$ERR" "Adoptium could not be asked"
  contains message "$ERR" "sudo apt-get install -y openjdk-25-jdk-headless"
}

it_says_what_to_do_on_a_processor_without_a_download() {
  make_stub uname 'echo riscv64'
  in_launcher require_jdk
  expect exit "$CODE" 1
  contains message "$ERR" "There is no Temurin download for riscv64 here."
}

it_asks_on_a_terminal_and_takes_no_for_an_answer() {
  serve_adoptium good
  on_terminal n
  expect exit "$CODE" 1
  contains question "$OUT" "Download Eclipse Temurin 25 to $T/home/.cache/belay/jdk? [y/N]"
  contains message "$OUT" "Nothing was downloaded."
  expect requests "$(<"$T/requests")" ""
}

it_asks_on_a_terminal_and_takes_yes_for_an_answer() {
  serve_adoptium good
  on_terminal y
  expect exit "$CODE" 0
  contains home "$OUT" "home is $T/home/.cache/belay/jdk/temurin-25"
}

it_does_not_ask_on_a_terminal_when_told_yes() {
  serve_adoptium good
  on_terminal '' ASSUME_YES=yes
  expect exit "$CODE" 0
  lacks question "$OUT" "[y/N]"
}

# on_terminal ANSWER [NAME=VALUE...]: require_jdk with a terminal on all of its descriptors; its output is in OUT.
on_terminal() {
  local answer=$1 terminal
  shift
  terminal=$(type -P script) || skip "there is no 'script' to make a terminal with"
  write_script 'require_jdk; echo "home is $JAVA_HOME"'
  CODE=0
  printf '%s\n' "$answer" | env -i PATH="$T/bin" HOME="$T/home" TMPDIR="$T" BELAY_ADOPTIUM_URL="$ADOPTIUM" "$@" \
    "$terminal" -qec "bash $T/script.sh" /dev/null >"$T/out" 2>&1 || CODE=$?
  OUT=$(<"$T/out")
}

# serve_adoptium good|wrong-checksum|no-checksum|refuse: sets ADOPTIUM; requests are noted in T/requests.
serve_adoptium() {
  local file=$T/temurin.tar.gz checksum
  make_jdk "$T/download/jdk-25.0.1+8" 25.0.1
  tar -czf "$file" -C "$T/download" jdk-25.0.1+8
  checksum=$(sha256sum "$file" | cut -d' ' -f1)
  [[ $1 != wrong-checksum ]] || checksum=${checksum//[0-9]/7}
  make_stub uname 'echo x86_64'
  ln -s "$(type -P curl)" "$T/bin/curl"
  : >"$T/requests"
  "$PYTHON" "$HERE/test/adoptium_stub.py" "$1" "$file" "$checksum" "$T/requests" >"$T/port" 2>"$T/adoptium.log" &
  ADOPTIUM_PID=$!
  trap stop_adoptium EXIT
  await 'the stub of Adoptium to listen' test -s "$T/port"
  ADOPTIUM=http://127.0.0.1:$(<"$T/port")
}

stop_adoptium() {
  kill "$ADOPTIUM_PID" 2>/dev/null || true
  wait "$ADOPTIUM_PID" 2>/dev/null || true
}
