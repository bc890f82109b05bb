# System packages: installed when root, the exact command otherwise.

it_asks_for_nothing_when_everything_is_there() {
  make_stub python3 'exit 0'
  in_launcher 'require_tools mvn cc bwrap python3 venv'
  expect exit "$CODE" 0
  expect stderr "$ERR" ""
}

it_installs_only_what_is_missing_when_root() {
  ((EUID == 0)) || skip "needs root"
  make_apt
  rm "$T/bin/bwrap" "$T/bin/cc"
  in_launcher 'require_tools mvn cc bwrap python3'
  expect exit "$CODE" 0
  expect 'what apt did' "$(<"$T/calls")" "apt-get update -q
apt-get install -y -q --no-install-recommends gcc libc6-dev bubblewrap python3 (noninteractive)"
  expect stderr "$ERR" "Installing with apt-get: gcc libc6-dev bubblewrap python3"
  expect stdout "$OUT" ""
}

it_shows_what_apt_said_when_it_fails() {
  ((EUID == 0)) || skip "needs root"
  make_stub apt-get 'echo "E: Unable to locate package"; exit 100'
  rm "$T/bin/bwrap"
  in_launcher 'require_tools bwrap'
  expect exit "$CODE" 1
  contains message "$ERR" "E: Unable to locate package"
  contains message "$ERR" "apt-get could not install these packages: bubblewrap"
}

it_prints_the_exact_command_when_not_root() {
  make_apt
  rm "$T/bin/bwrap" "$T/bin/mvn"
  write_script 'require_tools mvn cc bwrap python3 venv'
  if ((EUID == 0)); then
    run_isolated "$(type -P setpriv)" --reuid=65534 --regid=65534 --clear-groups bash "$T/script.sh"
  else
    run_isolated bash "$T/script.sh"
  fi
  expect exit "$CODE" 1
  contains message "$ERR" "missing on this machine: mvn bwrap python3 venv"
  contains message "$ERR" \
    "  sudo apt-get update && sudo apt-get install -y --no-install-recommends maven bubblewrap python3 python3-venv"
  expect 'what apt did' "$(<"$T/calls")" ""
}

it_goes_on_without_what_is_only_offered() {
  in_launcher 'offer_tools crun && echo went on'
  expect exit "$CODE" 0
  expect stdout "$OUT" "went on"
  ((EUID == 0)) || return 0
  make_stub apt-get 'echo "E: Unable to locate package"; exit 100'
  in_launcher 'offer_tools crun && echo went on'
  expect exit "$CODE" 0
  expect stdout "$OUT" "went on"
  contains message "$ERR" "could not install these packages: crun"
}

it_offers_containers_to_the_benchmark_that_compares_with_them() {
  ((EUID == 0)) || skip "needs root"
  make_stub python3 'exit 0'
  belay bench log
  make_apt
  belay bench log
  expect 'what apt did' "$(grep -c apt-get "$T/calls" || true)" 0
  belay bench sandbox
  expect exit "$CODE" 0
  contains 'what apt did' "$(<"$T/calls")" "--no-install-recommends crun"
}

it_names_the_packages_where_there_is_no_apt() {
  rm "$T/bin/bwrap"
  in_launcher 'require_tools mvn bwrap'
  expect exit "$CODE" 1
  contains message "$ERR" "There is no apt-get here."
  contains message "$ERR" "  bubblewrap"
}

it_asks_for_sandbox_tools_only_for_commands_that_use_sandboxes() {
  rm "$T/bin/bwrap"
  belay doctor
  expect exit "$CODE" 0
  if ((EUID == 0)); then make_apt; fi
  belay run 'fix it'
  if ((EUID == 0)); then
    expect exit "$CODE" 0
    contains 'what apt did' "$(<"$T/calls")" bubblewrap
  else
    expect exit "$CODE" 1
    contains message "$ERR" bubblewrap
  fi
}

it_asks_for_build_tools_only_when_a_build_is_due() {
  belay doctor
  rm "$T/bin/mvn" "$T/bin/cc"
  belay doctor
  expect exit "$CODE" 0
  echo 'class B {}' >"$T/project/cli/src/main/B.java"
  belay doctor
  expect exit "$CODE" 1
  contains message "$ERR" "missing on this machine: mvn cc"
}

# An apt-get that notes what it does and makes the tools of all packages appear.
make_apt() {
  make_stub apt-get "
echo \"apt-get \$*\${DEBIAN_FRONTEND:+ (\$DEBIAN_FRONTEND)}\" >>'$T/calls'
[[ \$1 == install ]] || exit 0
for tool in mvn cc bwrap python3; do
  [[ -e '$T/bin/'\$tool ]] || { echo '#!$T/bin/bash' >'$T/bin/'\$tool && chmod 755 '$T/bin/'\$tool; }
done
echo 'Setting up everything ...'"
}
