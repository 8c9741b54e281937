// HTTP/1 messages and SSDP.
import { vectors } from './vectors.js';

vectors(
  'http',
  ['http'],
  [
    {
      name: 'request',
      hex:
        '02000000000b02000000000a08004500007e123400004006e442c0000201c00002029c400050000000010000000150182000' +
        '6dbf0000474554202f696e6465782e68746d6c3f613d6220485454502f312e310d0a486f73743a206578616d706c652e636f' +
        '6d0d0a557365722d4167656e743a206375726c2f382e300d0a4163636570743a202a2f2a0d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://example.com/index.html?a=b',
        'http.accept': '*/*',
        'http.host': 'example.com',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/index.html?a=b',
        'http.request.uri.path': '/index.html',
        'http.request.uri.query': 'a=b',
        'http.request.version': 'HTTP/1.1',
        'http.user_agent': 'curl/8.0',
      },
    },
    {
      name: 'response',
      hex:
        '02000000000b02000000000a0800450000b5123400004006e40bc0000201c000020200509c40000000010000000150182000' +
        '80ef0000485454502f312e3120343034204e6f7420466f756e640d0a5365727665723a20746573740d0a436f6e74656e742d' +
        '547970653a20746578742f706c61696e0d0a436f6e74656e742d4c656e6774683a20300d0a436f6e6e656374696f6e3a2063' +
        '6c6f73650d0a446174653a205361742c203231204e6f7620323032362030303a30303a303020474d540d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.content_length': '0',
        'http.connection': 'close',
        'http.content_length_header': '0',
        'http.content_type': 'text/plain',
        'http.date': 'Sat, 21 Nov 2026 00:00:00 GMT',
        'http.response': '1',
        'http.response.code': '404',
        'http.response.phrase': 'Not Found',
        'http.response.version': 'HTTP/1.1',
        'http.server': 'test',
      },
    },
    {
      name: 'two requests in one segment',
      hex:
        '02000000000b02000000000a080045000060123400004006e460c0000201c00002029c400050000000010000000150182000' +
        '3a8a0000474554202f6120485454502f312e310d0a486f73743a20610d0a0d0a474554202f6220485454502f312e310d0a48' +
        '6f73743a20620d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://a/a;http://b/b',
        'http.host': 'a;b',
        'http.request': '1;1',
        'http.request.method': 'GET;GET',
        'http.request.uri': '/a;/b',
        'http.request.version': 'HTTP/1.1;HTTP/1.1',
      },
    },
    {
      name: 'a header that is cut',
      hex:
        '02000000000b02000000000a080045000043123400004006e47dc0000201c00002029c400050000000010000000150182000' +
        '89900000474554202f6120485454502f312e310d0a486f73743a206578616d',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://exam/a',
        'http.host': 'exam',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/a',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: "a port that is nobody's",
      hex:
        '02000000000b02000000000a080045000044123400004006e47cc0000201c00002029c407a02000000010000000150182000' +
        'db2e0000474554202f6120485454502f312e310d0a486f73743a20610d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://a/a',
        'http.host': 'a',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/a',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: 'service discovery',
      hex:
        '02000000000b02000000000a080045000073000100000211067ec0000201effffffac350076c005fa8a14d2d534541524348' +
        '202a20485454502f312e310d0a484f53543a203233392e3235352e3235352e3235303a313930300d0a4d414e3a2022737364' +
        '703a646973636f766572220d0a53543a20737364703a616c6c0d0a0d0a',
      protocols: 'eth:ethertype:ip:udp:ssdp',
      fields: {
        'http.request.full_uri': 'http://239.255.255.250:1900*',
        'http.host': '239.255.255.250:1900',
        'http.request': '1',
        'http.request.method': 'M-SEARCH',
        'http.request.uri': '*',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: 'a URI ends at the first blank',
      hex: '02000000000b02000000000a08004500004e000100004006f6a5c0000201c00002029c40005000000000000000005018200000010000474554202f61206220485454502f312e310d0a486f73743a20682e6578616d706c650d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://h.example/a',
        'http.host': 'h.example',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/a',
        'http.request.version': 'b HTTP/1.1',
      },
    },
    {
      name: 'a request behind chunks',
      hex: '02000000000b02000000000a08004500008b000100004006f668c0000201c00002029c40005000000000000000005018200000010000504f5354202f20485454502f312e310d0a486f73743a20610d0a5472616e736665722d456e636f64696e673a206368756e6b65640d0a0d0a350d0a68656c6c6f0d0a300d0a0d0a474554202f6220485454502f312e310d0a486f73743a20620d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://a/;http://b/b',
        'http.host': 'a;b',
        'http.request': '1;1',
        'http.request.method': 'POST;GET',
        'http.request.uri': '/;/b',
        'http.request.version': 'HTTP/1.1;HTTP/1.1',
        'http.transfer_encoding': 'chunked',
      },
    },
    {
      name: 'a header line without a first line',
      hex: '02000000000b02000000000a08004500003e000100004006f6b5c0000201c00002029c40005000000000000000005018200000010000486f73743a20610d0a5365727665723a20780d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.host': 'a',
        'http.server': 'x',
      },
    },
    {
      name: 'text without a colon is not HTTP',
      hex: '02000000000b02000000000a080045000040000100004006f6b3c0000201c00002029c4000500000000000000000501820000001000068656c6c6f20776f726c640d0a486f73743a20610d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:data',
      fields: {},
    },
    {
      name: 'a status that is no number',
      hex: '02000000000b02000000000a080045000047000100004006f6acc0000201c000020200509c4000000000000000005018200000010000485454502f312e3120616263204f64640d0a5365727665723a20780d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.response': '1',
        'http.response.code': '0',
        'http.response.phrase': 'Odd',
        'http.response.version': 'HTTP/1.1',
        'http.server': 'x',
      },
    },
    {
      name: 'the status line of SHOUTcast',
      hex: '02000000000b02000000000a080045000041000100004006f6b2c0000201c000020200509c400000000000000000501820000001000049435920323030204f4b0d0a5365727665723a20780d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.response': '1',
        'http.response.code': '200',
        'http.response.phrase': 'OK',
        'http.response.version': 'ICY',
        'http.server': 'x',
      },
    },
    {
      name: 'a status without a body, and the next message',
      hex: '02000000000b02000000000a08004500005f000100004006f694c0000201c000020200509c4000000000000000005018200000010000485454502f312e312031303020436f6e74696e75650d0a0d0a485454502f312e3120323030204f4b0d0a5365727665723a20790d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.response': '1;1',
        'http.response.code': '100;200',
        'http.response.phrase': 'Continue;OK',
        'http.response.version': 'HTTP/1.1;HTTP/1.1',
        'http.server': 'y',
      },
    },
    {
      name: 'in clear on the port of TLS',
      hex: '02000000000b02000000000a080045000043000100004006f6b0c0000201c00002029c4001bb00000000000000005018200000010000474554202f20485454502f312e310d0a486f73743a20610d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://a/',
        'http.host': 'a',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: 'an empty line before the request',
      hex: '02000000000b02000000000a080045000045000100004006f6aec0000201c00002029c400050000000000000000050182000000100000d0a474554202f20485454502f312e310d0a486f73743a20610d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.request.full_uri': 'http://a/',
        'http.host': 'a',
        'http.request': '1',
        'http.request.method': 'GET',
        'http.request.uri': '/',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: 'request with cookies and a user',
      hex: '0200000000020200000000010800450000cf123400003f0652f10a0101010a0101029c4000500000000100000001501803e800000000474554202f612f623f783d3126793d3220485454502f312e310d0a486f73743a20680d0a436f6f6b69653a20613d623b20633d640d0a4163636570742d456e636f64696e673a20677a69700d0a4163636570742d4c616e67756167653a2064650d0a417574686f72697a6174696f6e3a20426173696320645470770d0a49662d4d6f6469666965642d53696e63653a20780d0a4f726967696e3a20687474703a2f2f6f0d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.accept_encoding': 'gzip',
        'http.accept_language': 'de',
        'http.authorization': 'Basic dTpw',
        'http.cookie': 'a=b; c=d',
        'http.host': 'h',
        'http.request': '1',
        'http.request.full_uri': 'http://h/a/b?x=1&y=2',
        'http.request.method': 'GET',
        'http.request.uri': '/a/b?x=1&y=2',
        'http.request.uri.path': '/a/b',
        'http.request.uri.query': 'x=1&y=2',
        'http.request.version': 'HTTP/1.1',
      },
    },
    {
      name: 'response that asks who is there',
      hex: '0200000000020200000000010800450000b9123400003f0653070a0101010a0101029c4400500000000100000001501803e800000000485454502f312e312034303120556e617574686f72697a65640d0a5365742d436f6f6b69653a20733d313b20506174683d2f0d0a5365742d436f6f6b69653a20743d320d0a5757572d41757468656e7469636174653a204261736963207265616c6d3d2278220d0a4c6173742d4d6f6469666965643a204d6f6e0d0a436f6e74656e742d4c656e6774683a20300d0a0d0a',
      protocols: 'eth:ethertype:ip:tcp:http',
      fields: {
        'http.content_length': '0',
        'http.content_length_header': '0',
        'http.last_modified': 'Mon',
        'http.response': '1',
        'http.response.code': '401',
        'http.response.phrase': 'Unauthorized',
        'http.response.version': 'HTTP/1.1',
        'http.set_cookie': 's=1; Path=/;t=2',
        'http.www_authenticate': 'Basic realm="x"',
      },
    },
  ],
);
