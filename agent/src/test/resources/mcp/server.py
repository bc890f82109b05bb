"""An MCP server on standard input and output, of the standard library alone."""

import base64
import json
import os
import sys
import threading
import time
import zlib

out = threading.Lock()
cancelled = []
grown = False


def send(message):
    with out:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def png():
    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")


def tools():
    number = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}
    names = ["add", "env", "picture", "big", "slow", "die", "refuse", "wrong", "cancelled", "grow", "data", "odd name!"]
    listed = [{"name": n, "description": "does " + n, "inputSchema": {"type": "object"}} for n in names]
    listed[0]["inputSchema"] = number
    listed[0]["annotations"] = {"readOnlyHint": True}
    return listed + ([{"name": "grown", "inputSchema": {"type": "object"}}] if grown else [])


def call(name, arguments):
    global grown
    if name == "add":
        return {"content": [{"type": "text", "text": str(arguments["a"] + arguments["b"])}]}
    if name == "env":
        return {"content": [{"type": "text", "text": os.environ.get(arguments["name"], "none") + " " + os.getcwd()}]}
    if name == "picture":
        return {"content": [
            {"type": "text", "text": "here"},
            {"type": "image", "mimeType": "image/png", "data": base64.b64encode(png()).decode()},
            {"type": "image", "mimeType": "image/png", "data": base64.b64encode(b"none").decode()},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "inside"}},
            {"type": "resource_link", "uri": "file:///b.txt", "name": "b"},
        ]}
    if name == "big":
        return {"content": [{"type": "text", "text": "<" + "x" * 500_000 + ">"}]}
    if name == "slow":
        open("/workspace/slow", "w").close()
        time.sleep(60)
        return {"content": []}
    if name == "die":
        print("out of ideas", file=sys.stderr, flush=True)
        os._exit(7)
    if name == "refuse":
        return {"isError": True, "content": [{"type": "text", "text": "there is no such thing"}]}
    if name == "cancelled":
        return {"content": [{"type": "text", "text": str(len(cancelled))}]}
    if name == "grow":
        grown = True
        send({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        return {"content": []}
    if name == "data":
        return {"content": [], "structuredContent": {"answer": 42}}
    if name == "odd name!":
        return {"content": [{"type": "text", "text": "odd"}]}
    raise ValueError("no tool " + name)


def answer(message):
    try:
        method = message["method"]
        if method == "initialize":
            result = {
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {"tools": {"listChanged": True}},
                "serverInfo": {"name": "test", "version": "1"},
            }
        elif method == "tools/list":
            result = {"tools": tools()}
        elif method == "tools/call":
            result = call(message["params"]["name"], message["params"].get("arguments") or {})
        else:
            result = {}
        send({"jsonrpc": "2.0", "id": message["id"], "result": result})
    except Exception as e:
        send({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32603, "message": str(e)}})


print("this line is no message", flush=True)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "notifications/cancelled":
        cancelled.append(message["params"]["requestId"])
    elif "id" in message and "method" in message:
        threading.Thread(target=answer, args=(message,), daemon=True).start()
