// Calls functions that live outside of the sandbox: const { add } = require('tools'); await add(5, 3) gives 8.
//
// Arguments and results are JSON values. Any name is a function; one that does not exist rejects with a ToolError when it is called, as does
// one that fails. Calls made beside each other run side by side. Works in programs that were started with tools, alone.
'use strict';
const net = require('net');

const MOST_AT_ONCE = 64;
const LARGEST = 1 << 20;

class ToolError extends Error {
    constructor(tool, message, retryable) {
        super(message);
        this.name = 'ToolError';
        this.tool = tool;
        this.retryable = retryable;
    }
}

let socket = null;
let last = 0;
let received = Buffer.alloc(0);
const waiting = new Map();
const queued = [];

function open() {
    const descriptor = process.env.BELAY_TOOLS_FD;
    if (descriptor === undefined) {
        throw new ToolError('', 'this program was started without tools', false);
    }
    socket = new net.Socket({ fd: Number(descriptor), readable: true, writable: true });
    socket.on('data', take);
    const gone = () => fail('the connection to the tools has ended');
    socket.on('end', gone);
    socket.on('error', gone);
    socket.unref();
}

function fail(message) {
    for (const [number, call] of waiting) {
        waiting.delete(number);
        call.reject(new ToolError(call.name, message, false));
    }
}

function take(bytes) {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
        const end = 4 + received.readUInt32BE(0);
        answer(received.readUInt32BE(4), received[8], received.toString('utf8', 9, end));
        received = received.subarray(end);
    }
}

function answer(number, status, text) {
    const call = waiting.get(number);
    if (call !== undefined) {
        waiting.delete(number);
        if (status === 0) {
            call.resolve(JSON.parse(text));
        } else {
            call.reject(new ToolError(call.name, text, status === 2));
        }
    }
    if (queued.length > 0) {
        send(queued.shift());
    }
    if (waiting.size === 0) {
        socket.unref(); // nothing more keeps the program from ending
    }
}

function send(call) {
    const number = ++last;
    const name = Buffer.from(call.name);
    const head = Buffer.alloc(12);
    head.writeUInt32BE(8 + name.length + call.body.length, 0);
    head.writeUInt32BE(number, 4);
    head.writeUInt32BE(name.length, 8);
    waiting.set(number, call);
    socket.ref();
    socket.write(Buffer.concat([head, name, call.body]));
}

function call(name, ...args) {
    return new Promise((resolve, reject) => {
        const body = Buffer.from(JSON.stringify({ args, kwargs: {} }));
        if (body.length > LARGEST) {
            throw new ToolError(name, `the arguments of ${name} are longer than ${LARGEST} bytes`, false);
        }
        if (socket === null) {
            open();
        }
        const made = { name, body, resolve, reject };
        if (waiting.size >= MOST_AT_ONCE) {
            queued.push(made);
        } else {
            send(made);
        }
    });
}

module.exports = new Proxy({ ToolError, call }, {
    get: (known, name) => (name in known || typeof name === 'symbol' || name === 'then' ? known[name] : (...args) => call(name, ...args)),
});
