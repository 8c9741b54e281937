// Small clients and servers for the labs: node talk.mjs WORD ARGUMENTS. A server says "ready", and serves until it is ended.
import dgram from 'node:dgram';
import net from 'node:net';

const [word, ...args] = process.argv.slice(2);
const family = (host) => (net.isIPv6(host) ? 'udp6' : 'udp4');

const WORDS = {
  /** PORT [BYTES]: answers each request with so many bytes. */
  'tcp-serve'(port, bytes = '200') {
    const answer = Buffer.alloc(Number(bytes), 'x');
    net
      .createServer((socket) => socket.on('data', () => socket.write(answer)).on('error', () => socket.destroy()))
      .listen(Number(port), '::', () => console.log('ready'));
  },
  /** HOST PORT [TIMES] [BYTES] [MS]: connections one after the other, each sends so much and waits for something. */
  async tcp(host, port, times = '1', bytes = '100', ms = '2500') {
    for (let i = 0; i < Number(times); i++)
      await new Promise((done) => {
        const socket = net.connect(Number(port), host, () => socket.write(Buffer.alloc(Number(bytes), 'q')));
        socket.setTimeout(Number(ms), () => socket.destroy());
        socket.once('data', () => socket.end());
        socket.on('error', () => {}).on('close', done);
      });
  },
  /** PORT [FROM]: sends back what comes, from another address of the host where one is given. */
  async 'udp-serve'(port, from) {
    const [server, other] = [0, 1].map(() => dgram.createSocket({ type: 'udp4', reuseAddr: true }));
    // Of two sockets of one port the one that is bound to an address gets what is for it: this one only sends.
    if (from !== undefined) await new Promise((done) => other.bind(Number(port), from, done));
    server.on('message', (data, { address, port: to }) => (from === undefined ? server : other).send(data, to, address));
    server.bind(Number(port), '0.0.0.0', () => console.log('ready'));
  },
  /** HOST PORT [COUNT] [SOURCE PORT] [MS BETWEEN]: datagrams of one flow. */
  async udp(host, port, count = '4', source = '0', between = '300') {
    const socket = dgram.createSocket(family(host));
    await new Promise((done) => socket.bind(Number(source), done));
    socket.on('error', () => {});
    // Connected, as most clients are: what comes from elsewhere is refused.
    await new Promise((done) => socket.connect(Number(port), host, done));
    for (let i = 0; i < Number(count); i++) {
      socket.send(`question ${i}`, () => {});
      await new Promise((done) => setTimeout(done, Number(between)));
    }
    socket.close();
  },
  /** SERVER NAME [TIMES]: asks for an address, as a resolver does: again after a second. */
  async dns(server, name, times = '3') {
    const socket = dgram.createSocket(family(server));
    socket.on('error', () => {});
    const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
    const query = Buffer.from([0x12, process.pid & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
    let answered = false;
    socket.on('message', () => {
      answered = true;
      socket.close();
    });
    for (let i = 0; i < Number(times) && !answered; i++) {
      socket.send(query, 53, server, () => {});
      await new Promise((done) => setTimeout(done, 1000));
    }
    if (!answered) socket.close();
  },
  /** MAC [TIMES]: a client that has no address asks for one (RFC 2131 section 4.1). */
  async dhcp(mac, times = '3') {
    const socket = dgram.createSocket('udp4');
    await new Promise((done) => socket.bind(68, done));
    socket.setBroadcast(true);
    const discover = Buffer.alloc(300);
    discover.set([1, 1, 6, 0, 0x39, 3, 0xf3, process.pid & 255]);
    discover.set([0x80, 0], 10);
    discover.set(Buffer.from(mac.replaceAll(':', ''), 'hex'), 28);
    discover.set([99, 130, 83, 99, 53, 1, 1, 55, 3, 1, 3, 6, 255], 236);
    let offered = null;
    socket.on('message', (offer) => {
      if (offered !== null || offer[242] !== 2) return;
      offered = offer;
      const request = Buffer.from(discover);
      const server = offer.indexOf(Buffer.from([54, 4]), 240);
      request.set([53, 1, 3, 50, 4, ...offer.subarray(16, 20), ...offer.subarray(server, server + 6), 55, 3, 1, 3, 6, 255], 240);
      socket.send(request, 67, '255.255.255.255', () => {});
    });
    for (let i = 0; i < Number(times) && offered === null; i++) {
      socket.send(discover, 67, '255.255.255.255', () => {});
      await new Promise((done) => setTimeout(done, 1000));
    }
    socket.close();
  },
};

if (WORDS[word] === undefined) throw new Error(`${word}: one of ${Object.keys(WORDS).join(', ')}`);
await WORDS[word](...args);
