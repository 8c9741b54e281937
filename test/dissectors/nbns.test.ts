// NetBIOS name service.
import { vectors } from './vectors.js';

vectors(
  'nbns',
  ['nbns'],
  [
    {
      name: 'query',
      hex:
        '02000000000b02000000000a08004500004e000100004011f69ac0000201c000020200890089003a77e68001011000010000' +
        '0000000020464845504643454c45484643455046464641434143414341434143414341424e0000200001',
      protocols: 'eth:ethertype:ip:udp:nbns',
      fields: {
        'nbns.class': '1',
        'nbns.count.add_rr': '0',
        'nbns.count.answers': '0',
        'nbns.count.auth_rr': '0',
        'nbns.count.queries': '1',
        'nbns.flags': '0x0110',
        'nbns.flags.broadcast': '1',
        'nbns.flags.opcode': '0',
        'nbns.flags.recdesired': '1',
        'nbns.flags.response': '0',
        'nbns.flags.truncated': '0',
        'nbns.id': '0x8001',
        'nbns.name': 'WORKGROUP<1d>',
        'nbns.type': '32',
      },
    },
    {
      name: 'registration',
      hex:
        '02000000000b02000000000a080045000060000100004011f688c0000201c000020200890089004c01ab8002291000010000' +
        '000000012045494550464446454448434143414341434143414341434143414341434143410000200001c00c002000010004' +
        '93e000066000c0000207',
      protocols: 'eth:ethertype:ip:udp:nbns',
      fields: {
        'nbns.addr': '192.0.2.7',
        'nbns.class': '1;1',
        'nbns.count.add_rr': '1',
        'nbns.count.answers': '0',
        'nbns.count.auth_rr': '0',
        'nbns.count.queries': '1',
        'nbns.data_length': '6',
        'nbns.flags': '0x2910',
        'nbns.flags.broadcast': '1',
        'nbns.flags.opcode': '5',
        'nbns.flags.recdesired': '1',
        'nbns.flags.response': '0',
        'nbns.flags.truncated': '0',
        'nbns.id': '0x8002',
        'nbns.name': 'HOST7<20>;HOST7<20> (Server service)',
        'nbns.nb_flags': '0x6000',
        'nbns.nb_flags.group': '0',
        'nbns.nb_flags.ont': '3',
        'nbns.ttl': '300000',
        'nbns.type': '32;32',
      },
    },
    {
      name: 'response',
      hex:
        '02000000000b02000000000a080045000060000100004011f688c0000201c000020200890089004cc3da8003850000000001' +
        '000000002045494550464446454448434143414341434143414341434143414341434141410000200001000493e0000c6000' +
        'c0000207e000c0000208',
      protocols: 'eth:ethertype:ip:udp:nbns',
      fields: {
        'nbns.addr': '192.0.2.7;192.0.2.8',
        'nbns.class': '1',
        'nbns.count.add_rr': '0',
        'nbns.count.answers': '1',
        'nbns.count.auth_rr': '0',
        'nbns.count.queries': '0',
        'nbns.data_length': '12',
        'nbns.flags': '0x8500',
        'nbns.flags.authoritative': '1',
        'nbns.flags.broadcast': '0',
        'nbns.flags.opcode': '0',
        'nbns.flags.rcode': '0',
        'nbns.flags.recavail': '0',
        'nbns.flags.recdesired': '1',
        'nbns.flags.response': '1',
        'nbns.flags.truncated': '0',
        'nbns.id': '0x8003',
        'nbns.name': 'HOST7<00> (Workstation/Redirector)',
        'nbns.nb_flags': '0x6000;0xe000',
        'nbns.nb_flags.group': '0;1',
        'nbns.nb_flags.ont': '3;3',
        'nbns.ttl': '300000',
        'nbns.type': '32',
      },
    },
  ],
);
