// PPP on links of its own, its control protocols and authentication.
import { vectors } from './vectors.js';

vectors(
  'ppp',
  ['ppp', 'pap', 'chap'],
  [
    {
      name: 'link type PPP with framing',
      link: 9,
      hex: 'ff03002145000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'ppp:ip:icmp:data',
      fields: {
        'ppp.address': '0xff',
        'ppp.control': '0x03',
        'ppp.protocol': '0x0021',
      },
    },
    {
      name: 'link type PPP without',
      link: 9,
      hex: '005760000000000a114020010db800000000000000000000000120010db80000000000000000000000020fa00fa1000a1cbb' + '6869',
      protocols: 'ppp:ipv6:udp:data',
      fields: {
        'ppp.protocol': '0x0057',
      },
    },
    {
      name: 'a protocol number of one byte',
      link: 50,
      hex: 'ff032145000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'ppp:ip:icmp:data',
      fields: {
        'ppp.address': '0xff',
        'ppp.control': '0x03',
        'ppp.protocol': '0x0021',
      },
    },
    {
      name: 'MPLS',
      link: 9,
      hex: 'ff0302810001014045000020000100003f0167d80a0100010a010002080019250007000370696e67',
      protocols: 'ppp:mpls:ip:icmp:data',
      fields: {
        'ppp.address': '0xff',
        'ppp.control': '0x03',
        'ppp.protocol': '0x0281',
      },
    },
    {
      name: 'IPCP',
      link: 9,
      hex: 'ff0380210102000a0306c0000201',
      protocols: 'ppp:ipcp',
      fields: {
        'ppp.address': '0xff',
        'ppp.code': '1',
        'ppp.control': '0x03',
        'ppp.identifier': '2',
        'ppp.length': '10',
        'ppp.protocol': '0x8021',
      },
    },
    {
      name: 'CHAP',
      link: 9,
      hex: 'ff03c223010100151000000000000000000000000000000000',
      protocols: 'ppp:chap',
      fields: {
        'chap.code': '1',
        'chap.identifier': '1',
        'chap.length': '21',
        'ppp.address': '0xff',
        'ppp.control': '0x03',
        'ppp.protocol': '0xc223',
      },
    },
    {
      name: 'PAP',
      link: 9,
      hex: 'c023010100120575736572310770617373776f72',
      protocols: 'ppp:pap',
      fields: {
        'pap.code': '1',
        'pap.identifier': '1',
        'pap.length': '18',
        'ppp.protocol': '0xc023',
      },
    },
    {
      name: 'a rejected protocol',
      link: 9,
      hex: 'c0210802001480570101000e010a0200000000000001',
      protocols: 'ppp:lcp:ipv6cp',
      fields: {
        'ppp.code': '8;1',
        'ppp.identifier': '2;1',
        'ppp.length': '20;14',
        'ppp.protocol': '0xc021',
      },
    },
  ],
);
