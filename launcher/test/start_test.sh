# The command line, and how Java is started.

it_lists_every_command_in_its_help() {
  local command
  belay --help
  expect exit "$CODE" 0
  for command in demo test serve run doctor organisations workspaces keys bench check; do
    contains help "$OUT" "
  $command "
  done
  expect 'what ran' "$(<"$T/calls")" ""
}

it_refuses_an_unknown_command_without_building() {
  belay serv
  expect exit "$CODE" 2
  expect message "$ERR" "belay: there is no command 'serv'. ./belay --help lists all commands."
  expect 'what ran' "$(<"$T/calls")" ""
}

it_says_plainly_that_it_runs_on_linux_only() {
  make_stub uname 'echo Darwin'
  belay doctor
  expect exit "$CODE" 1
  contains message "$ERR" "this is Darwin. Belay runs on Linux"
}

it_works_from_any_directory_and_through_a_link() {
  mkdir "$T/elsewhere"
  ln -s ../project/belay "$T/elsewhere/b"
  cd "$T/elsewhere"
  run_isolated JAVA_HOME="$T/jdk" ./b doctor
  expect exit "$CODE" 0
  contains start "$(last_start)" "[dev.belay.cli.Main] [doctor] in $T/elsewhere"
}

it_hands_arguments_and_the_exit_code_through() {
  echo 7 >"$T/java-exit"
  belay --yes doctor 'two words' '' '*'
  expect exit "$CODE" 7
  contains start "$(last_start)" "[dev.belay.cli.Main] [doctor] [two words] [] [*] in"
}

it_leaves_what_follows_two_dashes_alone() {
  belay doctor -- --yes
  contains start "$(last_start)" "[doctor] [--] [--yes] in"
}

it_puts_the_jars_on_the_class_path_by_name() {
  belay doctor
  echo x >"$T/project/cli/target/belay/lib/a-library.jar"
  belay doctor
  local lib=$T/project/cli/target/belay/lib
  contains start "$(last_start)" "[-cp] [$lib/a-library.jar:$lib/belay-cli.jar] [dev.belay.cli.Main]"
}

it_adds_the_benchmarks_to_the_class_path_for_bench() {
  belay bench log
  contains start "$(last_start)" \
    "[-cp] [$T/project/cli/target/belay/lib/belay-cli.jar:$T/project/bench/target/belay-bench-0.jar:$T/project/model-double/target/belay-model-double-0.jar]"
}

it_gives_servers_and_short_commands_their_collectors() {
  belay serve
  contains start "$(last_start)" "[-XX:+UseG1GC]"
  belay doctor
  contains start "$(last_start)" "[-XX:+UseSerialGC]"
}

it_respects_the_users_jvm_options() {
  run_isolated JAVA_HOME="$T/jdk" BELAY_JAVA_OPTS='-Xmx2g -XX:+UseZGC' "$T/project/belay" serve
  contains start "$(last_start)" "[-Xmx2g] [-XX:+UseZGC]"
  lacks start "$(last_start)" "UseG1GC"
}

it_makes_the_start_cache_once_and_uses_it_from_then_on() {
  belay doctor
  await 'the cache' test -e "$T/project/cli/target/belay/belay.aot.key"
  belay doctor
  contains start "$(last_start)" "[-XX:AOTCache=$T/project/cli/target/belay/belay.aot]"
  expect trainings "$(grep -c '\[warm\]' "$T/calls")" 1
}

it_makes_a_new_start_cache_after_a_build() {
  belay bench log
  echo 'class A { int a; }' >"$T/project/cli/src/main/A.java"
  belay bench log
  contains start "$(last_start)" "[-XX:AOTCache="
  expect trainings "$(grep -c '\[warm\]' "$T/calls")" 2
}

it_starts_without_a_cache_when_none_can_be_made_and_does_not_retry() {
  : >"$T/untrainable"
  belay bench log
  expect exit "$CODE" 0
  lacks stderr "$ERR" AOT
  belay bench log
  lacks start "$(last_start)" "-XX:AOTCache="
  expect trainings "$(grep -c '\[warm\]' "$T/calls")" 1
}
