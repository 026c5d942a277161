/** What hostile code may try, and what must become of it at each level. */
export interface EscapeAttempt {
  readonly name: string;
  /** The body of an async function of `place` that gives what it got; what throws got nothing. */
  readonly code: string;
  /** Levels at which it gets something all the same, which the documents say. */
  readonly possibleAt?: readonly ('restricted' | 'sandbox')[];
}

/** What the attempts are aimed at. */
export interface EscapeTargets {
  /** A file of the server that nobody may read. */
  readonly secret: string;
  /** A folder that is none of the session's. */
  readonly outside: string;
  /** A file of another session. */
  readonly foreign: string;
  /** The process of the server, and of another session. */
  readonly hostPid: number;
  readonly foreignPid: number;
  /** Where the server listens. */
  readonly port: number;
  readonly socket: string;
}

const read = (by: string): string => `const fs = require('node:fs'); return String(${by}).includes('do not tell') && 'the secret'`;
const inFolder = `const fs = require('node:fs'); const own = require('node:os').tmpdir() + '/' + Math.random();`;

export const escapeAttempts: readonly EscapeAttempt[] = [
  // Files, by every way to read one.
  { name: 'readFileSync', code: read('fs.readFileSync(place.secret)') },
  { name: 'readFile with a callback', code: read('await new Promise((ok, no) => fs.readFile(place.secret, (error, data) => (error ? no(error) : ok(data))))') },
  { name: 'fs.promises.readFile', code: read('await fs.promises.readFile(place.secret)') },
  { name: 'openSync and readSync', code: read('(() => { const to = Buffer.alloc(99); fs.readSync(fs.openSync(place.secret, "r"), to); return to })()') },
  { name: 'a read stream', code: read('Buffer.concat(await fs.createReadStream(place.secret).toArray())') },
  { name: 'openAsBlob', code: read('await (await fs.openAsBlob(place.secret)).text()') },
  { name: 'copyFileSync into its own folder', code: `${inFolder} fs.copyFileSync(place.secret, own); return fs.readFileSync(own, 'utf8')` },
  { name: 'cpSync into its own folder', code: `${inFolder} fs.cpSync(place.secret, own); return fs.readFileSync(own, 'utf8')` },
  { name: 'a hard link in its own folder', code: `${inFolder} fs.linkSync(place.secret, own); return fs.readFileSync(own, 'utf8')` },
  { name: 'a symbolic link in its own folder', code: `${inFolder} fs.symlinkSync(place.secret, own); return fs.readFileSync(own, 'utf8')` },
  { name: 'a relative symbolic link', code: `${inFolder} fs.symlinkSync('../'.repeat(40) + place.secret.slice(1), own); return fs.readFileSync(own, 'utf8')` },
  { name: 'a way through .. of its own folder', code: read(`fs.readFileSync(require('node:os').tmpdir() + '/' + '../'.repeat(40) + place.secret.slice(1))`) },
  { name: 'a path as a Buffer', code: read('fs.readFileSync(Buffer.from(place.secret))') },
  { name: 'a file URL', code: read(`fs.readFileSync(require('node:url').pathToFileURL(place.secret))`) },
  { name: 'a descriptor of /proc/self/root', code: read(`fs.readFileSync('/proc/self/root' + place.secret)`) },
  { name: 'a descriptor of /proc/self/cwd', code: read(`fs.readFileSync('/proc/self/cwd/' + '../'.repeat(40) + place.secret.slice(1))`) },
  { name: 'require of a file', code: `require(place.secret); return 'loaded'` },
  { name: 'import of a file', code: `const { default: found } = await import(place.secret, { with: { type: 'json' } }); return 'loaded'` },
  { name: 'readdirSync of the folder of the secret', code: `return require('node:fs').readdirSync(require('node:path').dirname(place.secret)).includes('token') && 'the name'` },
  { name: 'process.loadEnvFile', code: `process.loadEnvFile(place.secret); return 'loaded'` },
  { name: 'SQLite on a file of the server', code: `const { DatabaseSync } = require('node:sqlite'); new DatabaseSync(place.outside + '/made.db').exec('create table t (a)'); return 'written'` },
  { name: 'attach of SQLite', code: `const { DatabaseSync } = require('node:sqlite'); new DatabaseSync(':memory:').exec("attach '" + place.outside + "/attached.db' as other; create table other.t (a)"); return 'written'` },
  { name: 'a file of another session', code: read('fs.readFileSync(place.foreign)') },
  { name: 'the account file of the system', code: `return require('node:fs').readFileSync('/etc/shadow', 'utf8')` },
  // Writing.
  { name: 'writeFileSync outside', code: `require('node:fs').writeFileSync(place.outside + '/a', 'x'); return 'written'` },
  { name: 'appendFileSync to the secret', code: `require('node:fs').appendFileSync(place.secret, 'x'); return 'written'` },
  { name: 'renameSync of the secret', code: `require('node:fs').renameSync(place.secret, place.secret + '2'); return 'moved'` },
  { name: 'rmSync of the secret', code: `require('node:fs').rmSync(place.secret); return 'removed'` },
  { name: 'mkdirSync outside', code: `require('node:fs').mkdirSync(place.outside + '/folder'); return 'made'` },
  { name: 'chmodSync outside', code: `require('node:fs').chmodSync(place.outside, 0o777); return 'changed'` },
  { name: 'writing through a symbolic link', code: `${inFolder} fs.symlinkSync(place.outside, own); fs.writeFileSync(own + '/linked', 'x'); return 'written'` },
  { name: 'a heap snapshot outside', code: `return require('node:v8').writeHeapSnapshot(place.outside + '/heap')` },
  { name: 'a diagnostic report outside', code: `process.report.directory = place.outside; process.report.writeReport('made.json'); return require('node:fs').existsSync(place.outside + '/made.json') && 'written'` },
  { name: 'a file of Holdfast itself', code: `const file = require('node:url').fileURLToPath(process.argv[1] ? 'file://' + process.argv[1] : 'file:///x'); require('node:fs').appendFileSync(file, ''); return 'written'` },
  // Processes.
  { name: 'the environment of the server', code: `return require('node:fs').readFileSync('/proc/' + place.hostPid + '/environ', 'utf8').includes('PATH=') && 'seen'` },
  { name: 'the environment of the parent', code: `return require('node:fs').readFileSync('/proc/' + process.ppid + '/environ', 'utf8').includes('do not tell') && 'seen'` },
  { name: 'the environment of process 1', code: `return require('node:fs').readFileSync('/proc/1/environ', 'utf8').includes('do not tell') && 'seen'` },
  { name: 'the command line of the server', code: `return require('node:fs').readFileSync('/proc/' + place.hostPid + '/cmdline', 'utf8')` },
  { name: 'the memory of the server', code: `require('node:fs').openSync('/proc/' + place.hostPid + '/mem', 'r'); return 'opened'` },
  { name: 'its own memory', code: `require('node:fs').openSync('/proc/self/mem', 'r+'); return 'opened'`, possibleAt: ['sandbox'] },
  { name: 'its own environment', code: `return Object.values(process.env).join().includes('do not tell') && 'seen'` },
  { name: 'a signal to the server', code: `process.kill(place.hostPid, 0); return 'reached'` },
  { name: 'a signal to another session', code: `process.kill(place.foreignPid, 0); return 'reached'` },
  { name: 'a signal below process.kill', code: `if (process._kill(place.hostPid, 0) === 0) return 'reached'` },
  { name: 'execSync of a program', code: `return require('node:child_process').execSync('cat ' + place.secret, { stdio: 'pipe' }).toString()` },
  { name: 'spawn of a program', code: `const child = require('node:child_process').spawn(process.execPath, ['-p', 'require("fs").readFileSync(' + JSON.stringify(place.secret) + ',"utf8")']); const found = (await child.stdout.toArray()).join(''); return found.includes('do not tell') && found` },
  { name: 'fork', code: `require('node:child_process').fork(place.secret); return false` },
  { name: 'a debugger of the server by /proc', code: `require('node:fs').writeFileSync('/proc/' + place.hostPid + '/coredump_filter', '0'); return 'written'` },
  { name: 'process._debugProcess', code: `process._debugProcess(place.hostPid); return 'sent'` },
  // What is below JavaScript.
  { name: 'process.binding', code: `return process.binding('fs').internalModuleStat ? (process.binding('fs').readFileUtf8(place.secret, 0)) : process.binding('spawn_sync') && false` },
  { name: 'process.binding of spawn_sync', code: `const { spawn } = process.binding('spawn_sync'); const { output } = spawn({ file: '/bin/cat', args: ['cat', place.secret], stdio: [{ type: 'pipe', readable: true, writable: false }, { type: 'pipe', readable: false, writable: true }, { type: 'pipe', readable: false, writable: true }] }); return String(output?.[1]).includes('do not tell') && 'the secret'` },
  { name: 'process.dlopen', code: `process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'); return 'loaded'` },
  { name: 'a native add-on', code: `${inFolder} fs.copyFileSync('/lib/x86_64-linux-gnu/libm.so.6', own + '.node'); require(own + '.node'); return 'loaded'` },
  { name: 'WASI', code: `const { WASI } = require('node:wasi'); new WASI({ version: 'preview1', preopens: { '/': require('node:path').dirname(place.secret) } }); return false` },
  { name: 'a thread', code: `const { Worker } = require('node:worker_threads'); const worker = new Worker('require("worker_threads").parentPort.postMessage(String(require("fs").readFileSync(' + JSON.stringify(place.secret) + ')))', { eval: true }); return new Promise((ok) => worker.on('message', ok).on('error', () => ok(false)))` },
  { name: 'the inspector', code: `const { Session } = require('node:inspector'); const session = new Session(); session.connect(); return new Promise((ok) => session.post('Runtime.evaluate', { expression: 'process.mainModule', includeCommandLineAPI: true }, () => ok(false)))` },
  { name: 'an inspector that listens', code: `require('node:inspector').open(0); return require('node:inspector').url()`, possibleAt: ['sandbox'] },
  { name: 'the flags of its own process', code: `process.permission && Object.defineProperty(process, 'permission', { value: { has: () => true } }); return require('node:fs').readFileSync(place.secret, 'utf8')` },
  { name: 'the permission model of a module that was changed', code: `const fs = require('node:fs'); fs.readFileSync.constructor('return process')(); Object.assign(Object.prototype, { permission: undefined }); try { return fs.readFileSync(place.secret, 'utf8') } finally { delete Object.prototype.permission }` },
  { name: 'module.registerHooks with a foreign file', code: `require('node:module').registerHooks({ load: () => ({ format: 'commonjs', source: require('node:fs').readFileSync(place.secret, 'utf8'), shortCircuit: true }) }).deregister(); return require('node:module').findPackageJSON(place.secret) ?? false` },
  { name: 'vm with another loader', code: `return require('node:vm').runInNewContext('this.constructor.constructor("return process")().getBuiltinModule("fs").readFileSync(secret, "utf8")', { secret: place.secret, process })` },
  // The network.
  { name: 'fetch of the server', code: `return (await fetch('http://127.0.0.1:' + place.port)).text()`, possibleAt: ['restricted'] },
  { name: 'a socket to the server', code: `const socket = require('node:net').connect(place.port, '127.0.0.1'); await require('node:events').once(socket, 'connect'); socket.destroy(); return 'connected'`, possibleAt: ['restricted'] },
  { name: 'a socket by IPv6', code: `const socket = require('node:net').connect(place.port, '::ffff:127.0.0.1'); await require('node:events').once(socket, 'connect'); socket.destroy(); return 'connected'`, possibleAt: ['restricted'] },
  { name: 'a unix socket of the server', code: `const socket = require('node:net').connect(place.socket); await require('node:events').once(socket, 'connect'); socket.destroy(); return 'connected'`, possibleAt: ['restricted'] },
  { name: 'a datagram to the server', code: `return Object.values(require('node:os').networkInterfaces()).flat().some((each) => !each.internal) && 'sees the network'`, possibleAt: ['restricted'] },
  { name: 'a unix socket made outside', code: `const server = require('node:net').createServer().listen(place.outside + '/made.sock'); await require('node:events').once(server, 'listening'); server.close(); return 'made'` },
  // Files that others write for it.
  { name: 'a trace outside', code: `process.chdir(place.outside); const tracing = require('node:trace_events').createTracing({ categories: ['node', 'v8'] }); tracing.enable(); tracing.disable(); return 'enabled'` },
  { name: 'V8 flags that write', code: `require('node:v8').setFlagsFromString('--trace-turbo'); return 'set'`, possibleAt: ['sandbox'] },
  { name: 'an engine of OpenSSL', code: `require('node:crypto').setEngine('/lib/x86_64-linux-gnu/libm.so.6'); return 'loaded'` },
  { name: 'fs.watch outside', code: `require('node:fs').watch(place.outside).close(); return 'watches'` },
  { name: 'whether a file is there', code: `return require('node:fs').existsSync(place.secret) && 'seen'` },
  { name: 'the size of a file', code: `return require('node:fs').statSync(place.secret).size` },
  { name: 'a directory by opendir', code: `return (await (await require('node:fs').promises.opendir(place.outside)).read())?.name ?? 'opened'` },
  // The channel to the host.
  { name: 'the channel to the host', code: `require('node:fs').writeSync(3, 'x'); return false` },
];
