"""Runs the script that comes in on standard input, and prints as one line of JSON what it told.

The script has tell(name=value, ...) and refusal(work, *arguments), the text of the error that work ends with. Of codegraff, whose wheel is for
macOS, the Python half runs as it was published; what it takes of the native half stands here, and does nothing: no sandbox needs it.
"""

import json
import sys
import types


class GraffApi:
    @staticmethod
    def init(directory):
        return GraffApi()


native = types.ModuleType("codegraff._native")
native.GraffApi = GraffApi
native.ChatStreamHandle = object
native.version = lambda: "0.1.4"
sys.modules["codegraff._native"] = native

told = {}


def refusal(work, *arguments, **named):
    try:
        work(*arguments, **named)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return "none"


exec(compile(sys.stdin.read(), "script", "exec"), {"tell": told.update, "refusal": refusal})
print(json.dumps(told))
