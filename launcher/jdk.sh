# Finds a JDK of at least JDK_WANTED with a compiler, or fetches Eclipse Temurin from Adoptium.
# Sourced by ./belay, which provides ASSUME_YES.

JDK_WANTED=25
ADOPTIUM_URL=${BELAY_ADOPTIUM_URL:-https://api.adoptium.net}
JDK_CACHE=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/belay/jdk
# Where distributions and images keep their JDKs; SDKMAN's, the IDEs' and our own are under the user's home.
SYSTEM_JDK_PLACES=(/usr/lib/jvm /usr/local/lib/jvm /opt/java /opt/jdk)
USER_JDK_PLACES=(
  "${SDKMAN_DIR:-${HOME:-/nonexistent}/.sdkman}/candidates/java"
  "${HOME:-/nonexistent}/.jdks"
  "$JDK_CACHE"
)
JDK_REJECTED=()

# Sets and exports JAVA_HOME, or ends with what to do.
require_jdk() {
  if ! find_jdk; then
    download_jdk
    find_jdk || jdk_missing "The downloaded JDK is not usable."
  fi
  export JAVA_HOME
}

# Sets JAVA_HOME to the first JDK that is new enough; fills JDK_REJECTED with the others seen on the way.
find_jdk() {
  local home place on_path
  JDK_REJECTED=()
  if [[ -n ${JAVA_HOME:-} ]] && accept_jdk "$JAVA_HOME"; then return 0; fi
  if on_path=$(command -v javac) && accept_jdk "$(dirname "$(dirname "$(readlink -f "$on_path")")")"; then return 0; fi
  for place in "${SYSTEM_JDK_PLACES[@]}" "${USER_JDK_PLACES[@]}"; do
    for home in "$place"/*/; do
      if accept_jdk "${home%/}"; then return 0; fi
    done
  done
  return 1
}

accept_jdk() {
  local home=$1 version
  [[ -x $home/bin/java ]] || return 1
  version=$(jdk_version "$home")
  local major=${version%%[^0-9]*}
  if [[ ! -x $home/bin/javac ]]; then
    JDK_REJECTED+=("$home ($version, no javac)")
  elif ((${major:-0} < JDK_WANTED)); then
    JDK_REJECTED+=("$home ($version)")
  else
    JAVA_HOME=$home
    return 0
  fi
  return 1
}

# The version from the JDK's own release file, which costs no JVM start; from javac where there is none.
jdk_version() {
  local line
  if [[ -r $1/release ]]; then
    while IFS= read -r line || [[ -n $line ]]; do
      if [[ $line =~ ^JAVA_VERSION=\"([^\"]+)\" ]]; then
        echo "${BASH_REMATCH[1]}"
        return
      fi
    done <"$1/release"
  fi
  line=$("$1/bin/javac" -version 2>&1) || line=
  [[ $line =~ ([0-9][0-9._]*) ]] && echo "${BASH_REMATCH[1]}" || echo "unknown version"
}

# Ends the launcher with the exact words to do instead.
jdk_missing() {
  say "$1"
  say "Belay needs a JDK $JDK_WANTED or newer (java and javac), and none was found in JAVA_HOME, PATH or"
  printf '  %s\n' "${SYSTEM_JDK_PLACES[@]}" "${USER_JDK_PLACES[@]}" >&2
  if ((${#JDK_REJECTED[@]} > 0)); then
    say "These are too old or have no compiler:"
    printf '  %s\n' "${JDK_REJECTED[@]}" | sort -u >&2
  fi
  die 1 "Do one of these, then run the same command again:" \
    "  sudo apt-get install -y openjdk-$JDK_WANTED-jdk-headless        (where your release has it)" \
    "  sdk install java $JDK_WANTED-tem                                (with SDKMAN, https://sdkman.io)" \
    "  unpack a JDK from https://adoptium.net/temurin/releases/?version=$JDK_WANTED and" \
    "  export JAVA_HOME=/path/to/that/jdk"
}

download_jdk() {
  local arch answer
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) jdk_missing "There is no Temurin download for $(uname -m) here." ;;
  esac
  if [[ $ASSUME_YES == no && -t 0 && -t 2 ]]; then
    printf 'Belay needs a JDK %s and found none. Download Eclipse Temurin %s to %s? [y/N] ' \
      "$JDK_WANTED" "$JDK_WANTED" "$JDK_CACHE" >&2
    read -r answer || answer=
    [[ $answer == [yY]* ]] || jdk_missing "Nothing was downloaded."
  fi
  require_tools curl
  fetch_temurin "$arch"
}

# Downloads, verifies and unpacks beside the final place, then renames: a half-made JDK is never found.
fetch_temurin() {
  local arch=$1 partial metadata link checksum actual
  local query="$ADOPTIUM_URL/v3/assets/latest/$JDK_WANTED/hotspot?architecture=$arch&image_type=jdk&os=linux&vendor=eclipse"
  mkdir -p "$JDK_CACHE" || jdk_missing "$JDK_CACHE cannot be made."
  partial=$(mktemp -d "$JDK_CACHE/.partial.XXXXXX")
  # shellcheck disable=SC2064 # the directory of now is meant
  trap "rm -rf '$partial'" EXIT

  say "Downloading Eclipse Temurin $JDK_WANTED ($arch) from $ADOPTIUM_URL ..."
  metadata=$(curl -fsSL --connect-timeout 15 --max-time 60 --retry 2 "$query" 2>"$partial/error") ||
    jdk_missing "Adoptium could not be asked: $(cat "$partial/error")"
  link=$(json_string link <<<"$metadata")
  checksum=$(json_string checksum <<<"$metadata")
  [[ -n $link && $checksum =~ ^[0-9a-f]{64}$ ]] ||
    jdk_missing "Adoptium's answer names no download with a SHA-256 checksum."
  curl -fsSL --connect-timeout 15 --retry 2 -o "$partial/jdk.tar.gz" "$link" 2>"$partial/error" ||
    jdk_missing "$link could not be downloaded: $(cat "$partial/error")"

  actual=$(sha256sum "$partial/jdk.tar.gz" | cut -d' ' -f1)
  [[ $actual == "$checksum" ]] ||
    jdk_missing "The download was deleted: its SHA-256 is $actual, Adoptium says $checksum."
  mkdir "$partial/jdk"
  tar -xzf "$partial/jdk.tar.gz" -C "$partial/jdk" --strip-components=1 ||
    jdk_missing "The download could not be unpacked."
  rm -rf "$JDK_CACHE/temurin-$JDK_WANTED"
  mv "$partial/jdk" "$JDK_CACHE/temurin-$JDK_WANTED"
  rm -rf "$partial"
  trap - EXIT
}

# The first string value of KEY in the JSON on stdin. Enough for this one answer, whose values hold no escapes.
json_string() {
  grep -oE "\"$1\"[[:space:]]*:[[:space:]]*\"[^\"]*\"" | head -n 1 | sed -E 's/.*"([^"]*)"$/\1/' || true
}
