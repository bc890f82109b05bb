# When the product is built, and what the gated builds run.

it_builds_the_first_time_and_not_again() {
  belay doctor
  expect exit "$CODE" 0
  contains progress "$ERR" "Building Belay (the first time this takes a few minutes) ..."
  expect stdout "$OUT" ""
  contains 'the build' "$(<"$T/calls")" "mvn --no-transfer-progress --batch-mode -q -Dquick -Dmaven.test.skip=true package in $T/project"
  belay doctor
  expect stderr "$ERR" ""
  expect builds "$(builds)" 1
}

it_builds_again_when_a_source_file_changes_appears_or_goes() {
  belay doctor
  echo 'class A { int a; }' >"$T/project/cli/src/main/A.java"
  belay doctor
  contains progress "$ERR" "Building Belay (sources changed) ..."
  expect 'builds after a change' "$(builds)" 2
  echo 'class B {}' >"$T/project/cli/src/main/B.java"
  belay doctor
  expect 'builds after a new file' "$(builds)" 3
  rm "$T/project/cli/src/main/B.java"
  belay doctor
  expect 'builds after a removal' "$(builds)" 4
  mkdir "$T/project/sandbox" "$T/project/sandbox/native"
  echo 'int main(void) {}' >"$T/project/sandbox/native/init.c"
  belay doctor
  expect 'builds after new native code' "$(builds)" 5
}

it_does_not_build_for_a_changed_test_or_a_new_date() {
  belay doctor
  echo 'class ATest {}' >"$T/project/cli/src/test/ATest.java"
  touch "$T/project/cli/src/main/A.java" "$T/project/pom.xml"
  belay doctor
  expect builds "$(builds)" 1
}

it_builds_again_when_the_product_was_deleted() {
  belay doctor
  rm -r "$T/project/cli/target"
  belay doctor
  expect builds "$(builds)" 2
}

it_builds_once_when_started_twice_at_once() {
  : >"$T/hold"
  env -i PATH="$T/bin" HOME="$T/home" JAVA_HOME="$T/jdk" "$T/project/belay" doctor 2>"$T/first" &
  local first=$!
  await 'the first build' grep -q package "$T/calls"
  env -i PATH="$T/bin" HOME="$T/home" JAVA_HOME="$T/jdk" "$T/project/belay" doctor 2>"$T/second" &
  local second=$!
  await 'the second to wait' grep -q 'Waiting for another build' "$T/second"
  rm "$T/hold"
  wait "$first"
  wait "$second"
  expect builds "$(builds)" 1
  expect starts "$(grep -c '\[doctor\]' "$T/calls")" 2
}

it_shows_the_end_of_the_log_when_the_build_fails_and_tries_again() {
  echo 'A.java:1: not a statement' >"$T/broken"
  belay doctor
  expect exit "$CODE" 1
  contains message "$ERR" "A.java:1: not a statement"
  contains message "$ERR" "$T/project/target/belay-build.log"
  expect starts "$(last_start)" ""
  rm "$T/broken"
  belay doctor
  expect exit "$CODE" 0
  expect builds "$(builds)" 2
}

it_refuses_an_old_maven() {
  make_maven 3.6.3
  belay doctor
  expect exit "$CODE" 1
  contains message "$ERR" "this Maven is version 3.6.3; Belay needs 3.8 or newer"
}

it_uses_what_is_built_when_told_not_to_build() {
  belay doctor
  echo 'class A { int a; }' >"$T/project/cli/src/main/A.java"
  run_isolated JAVA_HOME="$T/jdk" BELAY_NO_BUILD=1 "$T/project/belay" doctor
  expect exit "$CODE" 0
  expect builds "$(builds)" 1
}

it_runs_its_own_tests_first_and_ends_with_mavens_words() {
  clients_are_installed
  belay test
  expect exit "$CODE" 0
  expect 'the last line' "$(tail -n 1 "$T/out")" "BUILD SUCCESS"
  expect stderr "$ERR" ""
  expect 'what ran' "$(<"$T/calls")" "launcher tests
mvn --no-transfer-progress --batch-mode --fail-at-end -Dbelay.client.python=$T/project/target/clients/bin/python -Dbelay.suite=ci verify in $T/project"
  belay doctor
  expect 'builds after the tests' "$(builds)" 0
}

it_fails_when_a_test_fails() {
  clients_are_installed
  echo 'Tests run: 1, Failures: 1' >"$T/broken"
  belay test
  expect exit "$CODE" 1
  expect 'the last line' "$(tail -n 1 "$T/out")" "Tests run: 1, Failures: 1"
}

it_stops_before_maven_when_a_launcher_test_fails() {
  clients_are_installed
  echo 'exit 1' >"$T/project/launcher/test.sh"
  belay test
  expect exit "$CODE" 1
  expect 'what ran' "$(<"$T/calls")" ""
}

it_runs_the_full_sizes_of_one_suite() {
  clients_are_installed
  echo '@Tag("attacks") class AttackTest {}' >"$T/project/cli/src/test/AttackTest.java"
  echo 'result: `attacks`, seed 1: all held' >"$T/said"
  belay test --full attacks
  expect exit "$CODE" 0
  contains 'what ran' "$(<"$T/calls")" "-Dbelay.suite=full -Dgroups=attacks verify"
  contains 'what came of it' "$(tail -n 1 "$T/out")" "- \`attacks\`, seed 1: all held"
  rm "$T/said"
  belay test --full
  contains 'what ran' "$(tail -n 1 "$T/calls")" "-Dbelay.suite=full verify"
}

it_refuses_a_suite_that_no_test_belongs_to() {
  echo '@Tag("attacks") class AttackTest {}' >"$T/project/cli/src/test/AttackTest.java"
  belay test --full atacks
  expect exit "$CODE" 2
  contains message "$ERR" "there is no suite 'atacks'. Suites: attacks"
}

it_never_takes_ungated_classes_for_gated_ones() {
  mkdir -p "$T/project/cli/target/"{classes,test-classes,maven-status} "$T/project/bench/src/test/java/dev/belay"
  : >"$T/project/bench/src/test/java/dev/belay/ArchitectureTest.java"
  belay check
  expect exit "$CODE" 0
  expect 'what is left in target' "$(ls "$T/project/cli/target")" "belay"
  contains 'what ran' "$(<"$T/calls")" "-Dtest=dev.belay.ArchitectureTest"
  lacks 'what ran' "$(<"$T/calls")" "quick"
}

it_fails_the_check_when_the_architecture_rules_are_missing() {
  belay check
  expect exit "$CODE" 1
  contains message "$ERR" "ArchitectureTest.java is missing"
}

clients_are_installed() {
  mkdir -p "$T/project/target/clients"
  cat "$T/project/launcher/client-requirements.txt" "$T/project/launcher/mac-client-requirements.txt" >"$T/project/target/clients/installed.txt"
}
