# How the launcher speaks: to stderr, because stdout belongs to the commands.

say() { printf '%s\n' "$*" >&2; }

# Ends the launcher: die EXIT_CODE LINE...
die() {
  local code=$1
  shift
  printf '%s\n' "$@" >&2
  exit "$code"
}
