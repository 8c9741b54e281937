// Stands in for a tcpdump that is behind: its kernel has more packets than it has read. It reads one every few milliseconds; told to end, it
// ends at once, as tcpdump does. With an argument it reads nothing, and ends when it was asked for its counters so often.
const asked = Number(process.argv[2] || Infinity);
let answers = 0;
let [received, captured] = [40, 0];
const counts = () =>
  process.stderr.write(`${captured} packets captured, ${received} packets received by filter, 3 packets dropped by kernel\n`);
const header = Buffer.alloc(24);
header.set(new Uint8Array(new Uint32Array([0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1]).buffer));
const packet = Buffer.alloc(16 + 60);
packet.writeUInt32LE(1_700_000_000, 0);
packet.writeUInt32LE(60, 8);
packet.writeUInt32LE(60, 12);
process.stdout.write(header);
process.stderr.write('stand-in: listening on any\n');
setInterval(() => {
  // More keep coming.
  received++;
  if (asked < Infinity || captured >= received - 3) return;
  process.stdout.write(packet);
  captured++;
}, 5);
process.on('SIGUSR1', () => {
  counts();
  if (++answers >= asked) process.exit(1);
});
process.on('SIGTERM', () => {
  counts();
  process.exit(0);
});
