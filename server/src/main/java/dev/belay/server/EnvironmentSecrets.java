package dev.belay.server;

import dev.belay.api.Secret;
import dev.belay.api.SecretSource;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The values of environment variables whose names say that they are secret. They do not change while the process runs. */
final class EnvironmentSecrets implements SecretSource {
    private static final Pattern SECRET_NAME = Pattern.compile(
            "(?i)(.*_)?(key|pat)(_id)?|.+_pwd|.*(apikey|token|secret|password|passwd|credentials?)(_id)?");

    private final List<Secret> secrets;

    EnvironmentSecrets(Map<String, String> environment) {
        this.secrets = environment.entrySet().stream()
                .filter(variable -> SECRET_NAME.matcher(variable.getKey()).matches())
                .map(variable -> new Secret(variable.getKey(), variable.getValue()))
                .toList();
    }

    @Override
    public List<Secret> secrets() {
        return secrets;
    }

    @Override
    public long version() {
        return 0;
    }
}
