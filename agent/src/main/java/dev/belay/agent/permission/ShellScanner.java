package dev.belay.agent.permission;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds the commands of a shell script: what stands between separators, also inside of substitutions, without quotes and redirections. It
 * understands less than a shell does, and says where: {@link #plain} holds only of what it understood whole. For one thread, one script.
 */
final class ShellScanner {
    private static final int DEEPEST = 20;
    private static final int MOST_COMMANDS = 5_000;

    private final String script;
    private final List<List<Word>> commands;
    private final List<String> texts;
    private int at;
    private int depth;
    private boolean plain = true;
    private boolean understood = true;
    private List<Word> words = new ArrayList<>();
    private StringBuilder word = new StringBuilder();
    private boolean inWord;
    private boolean quoted;
    private boolean literal = true;
    private String redirection = "";
    private List<HereDocument> hereDocuments = new ArrayList<>();

    /** @param literal false if the shell makes something else of it than its text, such as a variable's value */
    record Word(String text, boolean literal) {}

    private record HereDocument(String end, boolean stripsTabs, boolean expands) {}

    ShellScanner(String script) {
        this(script, 0, new ArrayList<>(), new ArrayList<>());
    }

    private ShellScanner(String script, int depth, List<List<Word>> commands, List<String> texts) {
        this.script = script;
        this.depth = depth;
        this.commands = commands;
        this.texts = texts;
    }

    ShellScanner scan() {
        script(false);
        return this;
    }

    /** The words of each command, in no certain order. */
    List<List<Word>> commands() {
        return commands;
    }

    /** What commands are fed with: here-documents and here-strings. */
    List<String> texts() {
        return texts;
    }

    /** Whether it is nothing but words: no separator, no substitution, no variable, no file that is written or read by the shell. */
    boolean plain() {
        return plain && understood && commands.size() == 1;
    }

    /** Whether quotes and brackets end, and it is not nested too deep or too long to look at. */
    boolean understood() {
        return understood;
    }

    /** @param inner whether a closing bracket ends it */
    private void script(boolean inner) {
        int open = 0;
        while (at < script.length()) {
            char c = script.charAt(at);
            switch (c) {
                case ' ', '\t' -> {
                    endWord();
                    at++;
                }
                case '\n' -> {
                    endCommand();
                    plain = false;
                    at++;
                    hereDocuments();
                }
                case ';', '|' -> separator();
                case '&' -> {
                    if (next('>')) {
                        endWord();
                        plain = false;
                        at++;
                    } else {
                        separator();
                    }
                }
                case '(' -> {
                    separator();
                    open++;
                }
                case ')' -> {
                    separator();
                    if (open > 0) {
                        open--;
                    } else if (inner) {
                        return;
                    }
                }
                case '#' -> {
                    if (inWord) {
                        add(c);
                    } else {
                        comment();
                    }
                }
                case '<', '>' -> redirect();
                default -> character(c);
            }
        }
        if (inner) {
            understood = false;
        }
        endCommand();
        hereDocuments();
    }

    private void character(char c) {
        switch (c) {
            case '\'' -> singleQuoted();
            case '"' -> doubleQuoted();
            case '\\' -> escaped();
            case '$' -> dollar(false);
            case '`' -> backquoted();
            case '*', '?', '[', '{' -> {
                literal = false;
                add(c);
            }
            default -> {
                // Blanks that only look like some, and what a terminal does not show, have no place in a command that
                // nobody is asked about.
                if (Character.isISOControl(c) || Character.isSpaceChar(c) || Character.getType(c) == Character.FORMAT) {
                    plain = false;
                }
                add(c);
            }
        }
    }

    private void separator() {
        endCommand();
        plain = false;
        at++;
    }

    private boolean next(char c) {
        return at + 1 < script.length() && script.charAt(at + 1) == c;
    }

    private void add(char c) {
        inWord = true;
        word.append(c);
        at++;
    }

    private void comment() {
        plain = false;
        int end = script.indexOf('\n', at);
        at = end < 0 ? script.length() : end;
    }

    private void singleQuoted() {
        int end = script.indexOf('\'', at + 1);
        inWord = true;
        quoted = true;
        if (end < 0) {
            understood = false;
            end = script.length();
        }
        word.append(script, at + 1, end);
        at = Math.min(end + 1, script.length());
    }

    private void doubleQuoted() {
        inWord = true;
        quoted = true;
        at++;
        expanded('"');
    }

    /** Text in which only {@code $}, back quotes and backslashes are special, up to that character, or to the end if it is 0. */
    private void expanded(char end) {
        while (at < script.length()) {
            char c = script.charAt(at);
            if (c == end && end != 0) {
                at++;
                return;
            }
            switch (c) {
                case '$' -> dollar(true);
                case '`' -> backquoted();
                case '\\' -> {
                    if (at + 1 < script.length() && "$`\"\\\n".indexOf(script.charAt(at + 1)) >= 0) {
                        escaped();
                    } else {
                        add(c);
                    }
                }
                default -> add(c);
            }
        }
        if (end != 0) {
            understood = false;
        }
    }

    private void escaped() {
        if (at + 1 == script.length()) {
            plain = false;
            at++;
        } else if (next('\n')) {
            // The line goes on, as if neither were there.
            plain = false;
            at += 2;
        } else {
            at++;
            quoted = true;
            add(script.charAt(at));
        }
    }

    private void dollar(boolean inDoubleQuotes) {
        char c = at + 1 < script.length() ? script.charAt(at + 1) : ' ';
        if (c == '(') {
            at += 2;
            plain = false;
            literal = false;
            nested(() -> script(true));
            word.append("$(...)");
            inWord = true;
        } else if (c == '\'' && !inDoubleQuotes) {
            plain = false;
            literal = false;
            ansiQuoted();
        } else if (Character.isLetterOrDigit(c) || "_@*#?!$-{[".indexOf(c) >= 0 || (c == '"' && !inDoubleQuotes)) {
            plain = false;
            literal = false;
            add('$');
        } else {
            add('$');
        }
    }

    private void ansiQuoted() {
        inWord = true;
        quoted = true;
        at += 2;
        while (at < script.length() && script.charAt(at) != '\'') {
            if (script.charAt(at) == '\\' && at + 1 < script.length()) {
                add('\\');
            }
            add(script.charAt(at));
        }
        understood &= at < script.length();
        at++;
    }

    private void backquoted() {
        StringBuilder inside = new StringBuilder();
        at++;
        while (at < script.length() && script.charAt(at) != '`') {
            if (script.charAt(at) == '\\' && at + 1 < script.length() && "`\\$".indexOf(script.charAt(at + 1)) >= 0) {
                at++;
            }
            inside.append(script.charAt(at++));
        }
        understood &= at < script.length();
        at++;
        plain = false;
        literal = false;
        inWord = true;
        word.append("`...`");
        other(inside.toString(), false);
    }

    /** Scans a part of the script with a state of its own. */
    private void nested(Runnable scan) {
        List<Word> outerWords = words;
        StringBuilder outerWord = word;
        boolean outerQuoted = quoted;
        String outerRedirection = redirection;
        List<HereDocument> outerDocuments = hereDocuments;
        words = new ArrayList<>();
        word = new StringBuilder();
        inWord = false;
        quoted = false;
        literal = true;
        redirection = "";
        hereDocuments = new ArrayList<>();
        if (depth < DEEPEST) {
            depth++;
            scan.run();
            depth--;
        } else {
            understood = false;
            at = script.length();
        }
        words = outerWords;
        word = outerWord;
        inWord = true;
        quoted = outerQuoted;
        literal = false;
        redirection = outerRedirection;
        hereDocuments = outerDocuments;
    }

    /** Scans another text for what it runs; {@code expands}: for the substitutions in it only. */
    private void other(String text, boolean expands) {
        if (depth >= DEEPEST) {
            understood = false;
            return;
        }
        ShellScanner scanner = new ShellScanner(text, depth + 1, commands, texts);
        if (expands) {
            scanner.expanded((char) 0);
        } else {
            scanner.script(false);
        }
        understood &= scanner.understood;
    }

    private void redirect() {
        if (next('(')) {
            at += 2;
            plain = false;
            nested(() -> script(true));
            word.append("<(...)");
            return;
        }
        boolean descriptor = inWord && !quoted && word.chars().allMatch(Character::isDigit);
        if (descriptor) {
            word.setLength(0);
            inWord = false;
            literal = true;
        }
        endWord();
        int start = at;
        char c = script.charAt(at++);
        while (at < script.length() && at - start < 3 && isRedirection(script.substring(start, at + 1), c)) {
            at++;
        }
        redirection = script.substring(start, at);
    }

    private static boolean isRedirection(String text, char first) {
        return first == '<'
                ? List.of("<<", "<<<", "<<-", "<&", "<>").contains(text)
                : List.of(">>", ">&", ">|").contains(text);
    }

    private void endWord() {
        if (!inWord) {
            return;
        }
        Word ended = new Word(word.toString(), literal);
        boolean wasQuoted = quoted;
        word = new StringBuilder();
        inWord = false;
        quoted = false;
        literal = true;
        if (redirection.isEmpty()) {
            words.add(ended);
            return;
        }
        String operator = redirection;
        redirection = "";
        switch (operator) {
            case "<<", "<<-" -> {
                plain = false;
                hereDocuments.add(new HereDocument(ended.text(), operator.endsWith("-"), !wasQuoted));
            }
            case "<<<" -> {
                plain = false;
                texts.add(ended.text());
            }
            default -> {
                boolean copies = operator.endsWith("&") && ended.text().matches("[0-9]");
                plain &= !wasQuoted && (copies || ended.text().equals("/dev/null"));
            }
        }
    }

    private void endCommand() {
        endWord();
        if (!redirection.isEmpty()) {
            plain = false;
            redirection = "";
        }
        if (words.isEmpty()) {
            return;
        }
        if (commands.size() < MOST_COMMANDS) {
            commands.add(words);
        } else {
            understood = false;
        }
        words = new ArrayList<>();
    }

    /** Reads the bodies of those that were announced before this line. */
    private void hereDocuments() {
        List<HereDocument> announced = hereDocuments;
        hereDocuments = new ArrayList<>();
        for (HereDocument document : announced) {
            StringBuilder body = new StringBuilder();
            while (at < script.length()) {
                int end = script.indexOf('\n', at);
                String line = script.substring(at, end < 0 ? script.length() : end);
                at = end < 0 ? script.length() : end + 1;
                if ((document.stripsTabs() ? line.replaceFirst("^\t+", "") : line).equals(document.end())) {
                    break;
                }
                body.append(line).append('\n');
            }
            texts.add(body.toString());
            if (document.expands()) {
                other(body.toString(), true);
            }
        }
    }
}
