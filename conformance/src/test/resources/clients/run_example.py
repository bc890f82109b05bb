"""Runs the usage example of the Cloud Agent API: run_example.py EXAMPLE URL.

The example names a host of its own, http://cloud-agent:8000; URL stands in its place. Nothing else of it is touched: its client keeps its
default time-outs.
"""

import ast
import asyncio
import inspect
import sys

example, url = sys.argv[1:]
with open(example, encoding="utf-8") as file:
    text = file.read().replace("http://cloud-agent:8000", url)
result = eval(compile(text, example, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), {})
if inspect.iscoroutine(result):
    asyncio.run(result)
