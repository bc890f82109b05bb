"""Answers like Adoptium's API for one JDK: adoptium_stub.py MODE TARBALL CHECKSUM REQUESTS; prints its port."""

import http.server
import json
import sys

mode, tarball, checksum, requests = sys.argv[1:]


class Adoptium(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(requests, "a") as notes:
            notes.write(self.path + "\n")
        if mode == "refuse":
            self.answer(403, b"no")
        elif self.path.startswith("/v3/assets/latest/25/hotspot?"):
            self.answer(200, json.dumps(self.release(), indent=2).encode())
        elif self.path == "/jdk.tar.gz":
            with open(tarball, "rb") as file:
                self.answer(200, file.read())
        else:
            self.answer(404, b"")

    def release(self):
        url = f"http://{self.headers['Host']}"
        package = {
            "checksum": checksum,
            "checksum_link": url + "/jdk.tar.gz.sha256.txt",
            "download_count": 1,
            "link": url + "/jdk.tar.gz",
            "metadata_link": url + "/jdk.tar.gz.json",
            "name": "jdk.tar.gz",
        }
        if mode == "no-checksum":
            del package["checksum"]
        return [{"binary": {"image_type": "jdk", "package": package}, "release_link": url + "/release"}]

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Adoptium)
print(server.server_port, flush=True)
server.serve_forever()
