// Runs what arrives on descriptor 3: u32 size, then texts of u32 size: mode, name of the program, assignments (unused here), code. Mode
// "program" runs the code as the main module and ends. Mode "cells" keeps the global scope and goes on reading messages (u32 size, 16 bytes
// of nonce, code); each is answered by the nonce and the exit code.
'use strict';
const fs = require('fs');
const Module = require('module');
const net = require('net');
const path = require('path');
const vm = require('vm');

const CHANNEL = 3;
const NONCE = 16;

function exactly(size) {
    const bytes = Buffer.alloc(size);
    for (let used = 0; used < size; ) {
        const n = fs.readSync(CHANNEL, bytes, used, size - used, null);
        if (n === 0) {
            process.exit(1);
        }
        used += n;
    }
    return bytes;
}

function texts(message) {
    const found = [];
    for (let at = 0; at < message.length; ) {
        const size = message.readUInt32BE(at);
        found.push(message.toString('utf8', at + 4, at + 4 + size));
        at += 4 + size;
    }
    return found;
}

const [mode, name, , code] = texts(exactly(exactly(4).readUInt32BE(0)));
const main = new Module(path.resolve(name), null);
main.filename = path.resolve(name);
main.paths = Module._nodeModulePaths(process.cwd());
process.mainModule = main;
process.argv = [process.argv[0], main.filename];

if (mode === 'cells') {
    cells();
} else {
    if (process.env.BELAY_TOOLS_FD !== String(CHANNEL)) {
        fs.closeSync(CHANNEL);
    }
    main._compile(code, main.filename);
}

function cells() {
    const channel = new net.Socket({ fd: CHANNEL, readable: true, writable: true });
    let received = Buffer.alloc(0);
    let count = 0;
    let busy = Promise.resolve();
    Object.assign(globalThis, { require: Module.createRequire(main.filename), module: main, exports: main.exports });
    process.on('SIGINT', () => {}); // between cells; during one it ends the cell
    channel.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]);
        while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
            const message = received.subarray(4, 4 + received.readUInt32BE(0));
            received = received.subarray(4 + message.length);
            const cell = `cell-${++count}.js`;
            busy = busy.then(() => run(cell, message.toString('utf8', NONCE))).then((exit) => {
                const answer = Buffer.alloc(4 + NONCE + 4);
                answer.writeUInt32BE(NONCE + 4, 0);
                message.copy(answer, 4, 0, NONCE);
                answer.writeInt32BE(exit, 4 + NONCE);
                channel.write(answer);
            });
        }
    });
    channel.on('end', () => process.exit(0));
    process.on('uncaughtException', show);
}

async function run(cell, code) {
    let interrupted;
    const interrupt = new Promise((_, reject) => {
        interrupted = () => reject(new Error('Script execution was interrupted by `SIGINT`'));
        process.once('SIGINT', interrupted);
    });
    try {
        // A cell that gives a promise ends when that is settled.
        await Promise.race([vm.runInThisContext(code, { filename: cell, breakOnSigint: true }), interrupt]);
        return 0;
    } catch (error) {
        show(error);
        return /interrupted by `SIGINT`/.test(String(error)) ? 130 : 1;
    } finally {
        process.removeListener('SIGINT', interrupted);
    }
}

function show(error) {
    console.error(error instanceof Error ? error.stack : error);
}
