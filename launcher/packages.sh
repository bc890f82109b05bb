# System packages: installed with apt when root, otherwise the exact command is printed.
# Sourced by ./belay, which provides ROOT.

# Sandboxes show the host's /usr and nothing of a person's home, so their Python has to be there.
SANDBOX_PATH=/usr/local/bin:/usr/bin:/bin

# Ends the launcher unless every named tool is there or could be installed:
# require_tools [mvn|cc|bwrap|python3|venv|curl|musl-gcc|crun]...
require_tools() {
  local tool missing=() packages=()
  for tool in "$@"; do
    has_tool "$tool" && continue
    missing+=("$tool")
    read -ra packages <<<"${packages[*]} $(packages_of "$tool")"
  done
  ((${#missing[@]} == 0)) && return
  if ! command -v apt-get >/dev/null; then
    die 1 "belay: missing on this machine: ${missing[*]}" \
      "There is no apt-get here. Install what these Debian packages hold, then run the same command again:" \
      "  ${packages[*]}"
  fi
  if ((EUID != 0)); then
    die 1 "belay: missing on this machine: ${missing[*]}" "Run this, then the same command again:" \
      "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}"
  fi
  install_packages "${packages[@]}"
  for tool in "${missing[@]}"; do
    has_tool "$tool" || die 1 "belay: '$tool' is still missing after installing $(packages_of "$tool")."
  done
}

# The same for what makes things faster or a benchmark fuller: where it cannot be installed, it is left out.
offer_tools() {
  local tool packages=()
  ((EUID == 0)) && command -v apt-get >/dev/null || return 0
  for tool in "$@"; do
    has_tool "$tool" || packages+=("$(packages_of "$tool")")
  done
  ((${#packages[@]} == 0)) || (install_packages "${packages[@]}") || say "Going on without."
}

has_tool() {
  case $1 in
    # Not through a pipe: under pipefail the echo could fail, if cc ends before it is written.
    cc) cc -x c -fsyntax-only - <<<'#include <stdlib.h>' >/dev/null 2>&1 ;;
    python3) [[ -n $(sandbox_python) ]] ;;
    venv) [[ -n $(sandbox_python) ]] && "$(sandbox_python)" -c 'import ensurepip, venv' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

sandbox_python() { PATH=$SANDBOX_PATH type -P python3 || true; }

packages_of() {
  case $1 in
    mvn) echo maven ;;
    cc) echo gcc libc6-dev ;;
    musl-gcc) echo musl-tools ;;
    bwrap) echo bubblewrap ;;
    python3) echo python3 ;;
    venv) echo python3-venv ;;
    curl) echo curl ca-certificates ;;
    crun) echo crun ;;
  esac
}

install_packages() {
  local log
  log=$(mktemp)
  say "Installing with apt-get: $*"
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die 1 "belay: apt-get could not install these packages: $*"
  fi
  rm -f "$log"
}
