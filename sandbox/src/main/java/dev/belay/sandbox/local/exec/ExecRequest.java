package dev.belay.sandbox.local.exec;

import dev.belay.sandbox.ExecSpec;
import dev.belay.sandbox.Language;
import dev.belay.sandbox.Program;
import java.util.List;
import java.util.stream.Stream;

/** What can be asked for. */
final class ExecRequest {
    /** Linux takes about 2 MiB of arguments and environment together. */
    private static final int MAX_CHARACTERS = 2 << 20;

    private static final int MAX_CODE = 64 << 20;
    private static final int MAX_DIRECTORY = 1024;

    private ExecRequest() {}

    /** Why this cannot be run, in a sentence; empty if it can. */
    static String problem(ExecSpec spec) {
        long size = 0;
        for (String text : (Iterable<String>) texts(spec)::iterator) {
            if (text.indexOf('\0') >= 0) {
                return "An argument, a variable or the directory holds a NUL character.";
            }
            size += text.length();
        }
        if (size > MAX_CHARACTERS) {
            return "Arguments and environment are longer than " + MAX_CHARACTERS + " characters together.";
        }
        if (spec.directory().length() > MAX_DIRECTORY) {
            return "The working directory is longer than " + MAX_DIRECTORY + " characters.";
        }
        for (String name : spec.env().keySet()) {
            if (name.isEmpty() || name.indexOf('=') >= 0) {
                return "Not a name of an environment variable: \"" + name + "\".";
            }
        }
        return spec.program() instanceof Program.Code code
                ? problem(code.language(), code.whole(), spec.tools().isPresent())
                : "";
    }

    private static String problem(Language language, String code, boolean tools) {
        if (code.length() > MAX_CODE) {
            return "The code is longer than " + MAX_CODE + " characters.";
        }
        if (language == Language.SHELL && code.indexOf('\0') >= 0) {
            return "The command holds a NUL character, which no shell takes.";
        }
        if (language == Language.SHELL && tools && code.length() > Launch.MAX_SHELL_ARGUMENT / 4) {
            return "A command that may call tools is at most " + Launch.MAX_SHELL_ARGUMENT / 4
                    + " characters long; put it into a file.";
        }
        return "";
    }

    private static Stream<String> texts(ExecSpec spec) {
        List<String> argv = spec.program() instanceof Program.Command(List<String> all) ? all : List.of();
        return Stream.of(
                        argv.stream(),
                        spec.env().keySet().stream(),
                        spec.env().values().stream(),
                        Stream.of(spec.directory()))
                .flatMap(each -> each);
    }
}
