package dev.belay.server.cloudagent;

import dev.belay.modeldouble.Answer;
import dev.belay.modeldouble.ModelServer;
import dev.belay.modeldouble.Reply;
import dev.belay.modeldouble.Style;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * A model that makes each session work with a word of its own, at random, and leave it wherever it can: files, environments, variables,
 * arguments, shells in the background. It also looks at what it is told: a request that holds another session's word is a leak.
 */
final class CanaryModel {
    private static final Pattern WORD = Pattern.compile("canary-[0-9a-f]{16}");
    private static final Pattern SHELL = Pattern.compile("bash_id ([0-9a-f-]{36})");
    /** Calls in one answer. */
    private static final int MOST_AT_ONCE = 8;

    private final Map<String, Worker> workers = new ConcurrentHashMap<>();
    private final Set<String> leaks = ConcurrentHashMap.newKeySet();

    /** One session as the model plays it; asked for one answer at a time. */
    private static final class Worker {
        private final String word;
        private final Random random;
        private final List<String> shells = new ArrayList<>();
        private int files;
        private int left;
        private int made;

        Worker(String word, long seed, int calls) {
            this.word = word;
            this.random = new Random(seed);
            this.left = calls;
        }
    }

    /** The words in a text. */
    static Set<String> words(CharSequence text) {
        Set<String> words = new LinkedHashSet<>();
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            words.add(word.group());
        }
        return words;
    }

    /** A session that knows this word makes so many more calls. */
    void enlist(String word, long seed, int calls) {
        workers.compute(word, (_, known) -> {
            Worker worker = known == null ? new Worker(word, seed, 0) : known;
            worker.left += calls;
            return worker;
        });
    }

    /** What it was told and should not have been. */
    Set<String> leaks() {
        return leaks;
    }

    Reply answer(ModelServer.Received request) {
        Set<String> words = words(request.body());
        if (words.size() != 1) {
            leaks.add("a model was told " + words);
        }
        Worker worker = workers.get(words.iterator().next());
        Matcher shell = SHELL.matcher(request.body());
        worker.shells.clear();
        while (shell.find()) {
            worker.shells.add(shell.group(1));
        }
        Answer answer = new Answer();
        int calls = Math.min(worker.left, 1 + worker.random.nextInt(MOST_AT_ONCE));
        if (calls == 0) {
            return answer.text("Done with " + worker.word + ".").in(Style.MESSAGES);
        }
        for (int i = 0; i < calls; i++) {
            call(worker, answer);
        }
        worker.left -= calls;
        return answer.in(Style.MESSAGES);
    }

    /** One call; the id of one whose result has to hold the word begins with {@code told}. */
    private static void call(Worker worker, Answer answer) {
        String word = worker.word;
        int number = ++worker.made;
        switch (worker.random.nextInt(15)) {
            case 0 ->
                told(
                        answer,
                        number,
                        "Bash",
                        Map.of(
                                "command",
                                "echo " + word + "; env; ls -laR /workspace /tmp /dev/shm;"
                                        + " cat /workspace/* /tmp/* /dev/shm/* /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true"));
            case 1 ->
                told(
                        answer,
                        number,
                        "Bash",
                        Map.of("command", "export WORD=" + word + "; echo $WORD > /tmp/t" + number + "; env"));
            case 2 ->
                plain(
                        answer,
                        number,
                        "Bash",
                        Map.of(
                                "command",
                                "for i in 1 2 3; do echo " + word + " $i; sleep 0.01; done; sleep 0.2",
                                "run_in_background",
                                true));
            case 3 -> {
                if (worker.shells.isEmpty()) {
                    plain(answer, number, "Glob", Map.of("pattern", "**/*"));
                } else {
                    plain(
                            answer,
                            number,
                            "BashOutput",
                            Map.of("bash_id", shell(worker), "wait", worker.random.nextInt(80)));
                }
            }
            case 4 -> {
                if (worker.shells.isEmpty() || worker.random.nextBoolean()) {
                    plain(answer, number, "Glob", Map.of("pattern", "*"));
                } else {
                    plain(answer, number, "KillShell", Map.of("shell_id", shell(worker)));
                }
            }
            case 5, 6 ->
                plain(
                        answer,
                        number,
                        "Write",
                        Map.of("file_path", "f" + worker.files++, "content", word + " of call " + number + "\n"));
            case 7 -> plain(answer, number, "Read", Map.of("file_path", "f" + file(worker)));
            case 8 ->
                told(
                        answer,
                        number,
                        "Grep",
                        Map.of("pattern", "canary-", "output_mode", "content", "path", "/workspace"));
            case 9, 10 -> told(answer, number, "mcp__sandbox__execute_code", Map.of("code", """
                        kept = globals().get('kept', []) + ['%s']
                        import os, sys
                        print(kept[-3:], sorted(name for name in globals() if 'anary' in name), dict(os.environ), sys.argv)
                        """.formatted(word)));
            case 11 ->
                told(
                        answer,
                        number,
                        "mcp__sandbox__execute_shell",
                        Map.of(
                                "command",
                                "echo " + word + " | tee /dev/shm/s" + number + "; (WORD=" + word + " exec -a " + word
                                        + " sleep 0.1) & ps -ef 2>/dev/null; cat /proc/[0-9]*/cmdline; true"));
            case 12 ->
                plain(
                        answer,
                        number,
                        "TodoWrite",
                        Map.of("todos", List.of(Map.of("content", word, "status", "pending"))));
            case 13 ->
                plain(
                        answer,
                        number,
                        "Edit",
                        Map.of(
                                "file_path",
                                "f" + file(worker),
                                "old_string",
                                word,
                                "new_string",
                                word + " and " + word));
            default ->
                plain(
                        answer,
                        number,
                        "Bash",
                        Map.of("command", "grep -rIs canary- /run /var/tmp /mnt /opt /home /etc | head -5; true"));
        }
    }

    private static int file(Worker worker) {
        return worker.random.nextInt(worker.files + 1);
    }

    private static String shell(Worker worker) {
        return worker.shells.get(worker.random.nextInt(worker.shells.size()));
    }

    private static void told(Answer answer, int number, String tool, Map<String, Object> input) {
        answer.call("told-" + number, tool, JsonMapper.shared().writeValueAsString(input));
    }

    private static void plain(Answer answer, int number, String tool, Map<String, Object> input) {
        answer.call("plain-" + number, tool, JsonMapper.shared().writeValueAsString(input));
    }
}
