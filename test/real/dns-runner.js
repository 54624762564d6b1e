/** In a network and a file system of its own: answers as dns-answers.js says, runs real tools, and prints what they print. Reads JSON, writes JSON. */
import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import packet from 'dns-packet';
import { answerTo } from './dns-answers.js';

const { folder, resolvConf, hosts, commands } = JSON.parse(readFileSync(0, 'utf8'));
writeFileSync(`${folder}/resolv.conf`, resolvConf);
writeFileSync(`${folder}/hosts`, hosts);
for (const [program, ...args] of [
  ['ip', 'link', 'set', 'lo', 'up'],
  ['mount', '--bind', `${folder}/resolv.conf`, '/etc/resolv.conf'],
  ['mount', '--bind', `${folder}/hosts`, '/etc/hosts'],
]) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

const bare = (name) => name.replace(/\.$/, '') || '.';

function dataOf({ type, data }) {
  const fields = data.match(/"[^"]*"|\S+/g).map((one) => one.replace(/^"|"$/g, ''));
  const numbers = fields.map(Number);
  switch (type) {
    case 'MX':
      return { preference: numbers[0], exchange: bare(fields[1]) };
    case 'SRV':
      return { priority: numbers[0], weight: numbers[1], port: numbers[2], target: bare(fields[3]) };
    case 'SOA': {
      const [, , serial, refresh, retry, expire, minimum] = numbers;
      return { mname: bare(fields[0]), rname: bare(fields[1]), serial, refresh, retry, expire, minimum };
    }
    case 'CAA':
      return { flags: numbers[0], tag: fields[1], value: fields[2] };
    case 'HINFO':
      return { cpu: fields[0], os: fields[1] };
    case 'TXT':
      return fields;
    case 'A':
    case 'AAAA':
      return data;
    default:
      return bare(data);
  }
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

function handle(message, transport) {
  const query = packet.decode(message);
  const [question] = query.questions;
  const name = question.name === '.' ? '.' : `${question.name}.`;
  const reply = answerTo(name, question.type, transport);
  if (reply === undefined) return undefined;
  const shown = (records) => records.map((one) => ({ name: bare(one.name), ttl: one.ttl, class: 'IN', type: one.type, data: dataOf(one) }));
  const flags =
    (reply.aa ? packet.AUTHORITATIVE_ANSWER : 0) |
    (reply.tc ? packet.TRUNCATED_RESPONSE : 0) |
    (query.flag_rd ? packet.RECURSION_DESIRED : 0) |
    (reply.ra ? packet.RECURSION_AVAILABLE : 0) |
    rcodes[reply.rcode];
  return packet.encode({
    type: 'response',
    id: query.id,
    flags,
    questions: [question],
    answers: shown(reply.answer),
    authorities: shown(reply.authority),
  });
}

for (const address of ['127.0.0.1', '127.0.0.2']) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => {
    const reply = handle(message, 'udp');
    if (reply) socket.send(reply, from.port, from.address);
  });
  await new Promise((resolve) => socket.bind(53, address, resolve));
  const server = net.createServer((connection) => {
    connection.on('error', () => undefined);
    connection.on('data', (data) => {
      const reply = handle(data.subarray(2), 'tcp');
      if (reply) connection.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]));
    });
  });
  await new Promise((resolve) => server.listen(53, address, resolve));
}

const results = [];
for (const { line, stdin } of commands) {
  const [program, ...args] = line.split(' ');
  const child = spawn(program, args);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (output[stream] += text));
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  results.push({ ...output, exitCode });
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
