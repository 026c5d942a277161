/**
 * What the faces cost, beside the least that could do the same, in the same run:
 *
 *     npm run bench -w packages/server
 *     npm run bench -w packages/server -- posts     # or fan-out, stalled
 */
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Crowd } from './crowd.ts';
import { Measured, median, token } from './measured.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = { posts: benchPosts, 'fan-out': benchFanOut, stalled: benchStalled };
const wished = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) if (wished.length === 0 || wished.includes(name)) await bench();

/** Checked POSTs over 50 connections, for each second of the server's processor time. */
async function benchPosts(): Promise<void> {
  const servers = { raw: await Measured.start('http-raw'), holdfast: await Measured.start('http-holdfast') };
  const measure = async (name: keyof typeof servers, count: number): Promise<number> => {
    const before = await servers[name].cpu();
    await posts(servers[name].port, count);
    return (count * 1e6) / ((await servers[name].cpu()) - before);
  };
  for (const name of ['raw', 'holdfast'] as const) await measure(name, 20_000); // until both are compiled
  const rounds: { raw: number; holdfast: number }[] = [];
  for (let round = 0; round < 25; round += 1) rounds.push({ raw: await measure('raw', 3000), holdfast: await measure('holdfast', 3000) });
  const [raw, holdfast] = [median(rounds.map((each) => each.raw)), median(rounds.map((each) => each.holdfast))];
  const ratio = median(rounds.map((each) => each.holdfast / each.raw));
  console.log(`checked POST, requests for each second of processor: node:http ${raw.toFixed(0)}, holdfast ${holdfast.toFixed(0)} with token, limits, metrics and a line of pino's each: ${ratio.toFixed(2)} of it (at least 0.75)`);
  await Promise.all(Object.values(servers).map(async (server) => server.end()));
}

async function posts(port: number, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const body = JSON.stringify({ value: { text: 'x'.repeat(180), numbers: [1, 2, 3] } });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await new Promise<void>((resolve, reject) => {
        const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/promises/p/resolve', agent, headers }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
          response.resume();
          response.on('end', () => resolve());
        });
        sent.on('error', reject);
        sent.end(body);
      });
    }
  };
  await Promise.all(Array.from({ length: 50 }, lane));
  agent.destroy();
}

/** How long until the last of 1,000 clients has an event. */
async function benchFanOut(): Promise<void> {
  const servers = { bare: await Measured.start('ws-bare'), holdfast: await Measured.start('ws-holdfast') };
  const crowds = { bare: await Crowd.open(servers.bare.port, 1000), holdfast: await Crowd.open(servers.holdfast.port, 1000) };
  const times = { bare: [] as number[], holdfast: [] as number[] };
  for (let round = -10; round < 60; round += 1) {
    for (const name of ['bare', 'holdfast'] as const) {
      const told = crowds[name].told(1);
      const began = performance.now();
      servers[name].emit(1, 200);
      await told;
      if (round >= 0) times[name].push(performance.now() - began);
    }
  }
  const [bare, holdfast] = [median(times.bare), median(times.holdfast)];
  console.log(`last of 1,000 WebSocket clients: bare loop ${bare.toFixed(1)} ms, holdfast ${holdfast.toFixed(1)} ms: ${(holdfast / bare).toFixed(2)} times (at most 1.30)`);
  for (const crowd of Object.values(crowds)) crowd.close();
  await Promise.all(Object.values(servers).map(async (server) => server.end()));
}

/** 20 clients that read, alone and beside 200 that do not. */
async function benchStalled(): Promise<void> {
  const rounds = { alone: [] as number[], beside: [] as number[] };
  const memory = { alone: 0, beside: 0 };
  for (const kind of ['alone', 'beside', 'beside', 'alone', 'alone', 'beside', 'beside', 'alone'] as const) {
    const server = await Measured.start('ws-holdfast');
    const crowd = await Crowd.open(server.port, 20);
    const stalled = kind === 'beside' ? await Promise.all(Array.from({ length: 200 }, async () => openStalled(server.port))) : [];
    let most = 0;
    // The first rounds fill what the system holds for those that read nothing, and are not counted.
    for (let round = -6; round < 12; round += 1) {
      const told = crowd.told(1000);
      const began = performance.now();
      server.emit(1000, 1000);
      await told;
      if (round >= 0) rounds[kind].push(performance.now() - began);
      most = Math.max(most, await server.rss());
    }
    memory[kind] = Math.max(memory[kind], most);
    for (const socket of stalled) socket.destroy();
    crowd.close();
    await server.end();
  }
  const [alone, beside] = [median(rounds.alone), median(rounds.beside)];
  console.log(`200 stalled clients, 18,000 events of 1 kB: ${((memory.beside - memory.alone) / 2 ** 20).toFixed(0)} MiB more (less than 80); 20 healthy ones take ${(beside / alone).toFixed(2)} times as long (at most 1.20)`);
}

/** A client that takes the handshake and reads nothing after it. */
async function openStalled(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const key = Buffer.alloc(16).toString('base64');
  socket.write(`GET /ws/sessions/bench HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
  socket.pause();
  return socket;
}
