// Values in quotes and names in Markdown stay what they are.
import { describe, expect, it } from 'vitest';
import { md } from '../../src/report/markdown.js';
import { file, hopscope, pcap, query } from './help.js';

describe('a name in Markdown', () => {
  it.each(['http://evil.example/x', 'HTTPS://evil.example', 'www.evil.example', 'ftp://evil.example', 'mailto:a@b.example'])(
    '%s is no link',
    (text) => {
      // Without the comments it reads the same.
      expect(md(text).replaceAll('<!-- -->', '').replaceAll('\\\\', '')).toBe(text);
      expect(md(text)).not.toMatch(/(https?|ftp):\/\/|www\.|mailto:\w|\w@\w/i);
    },
  );
});

describe('-E quote=d', () => {
  it('writes a quote of a value twice', () => {
    const path = file('quote.pcap', pcap([query(['a","b', 'example'])]));
    const { out, status } = hopscope([
      'dump',
      path,
      '-T',
      'fields',
      '-E',
      'quote=d',
      '-E',
      'separator=,',
      '-e',
      'dns.qry.name',
      '-e',
      'ip.src',
    ]);
    expect(status).toBe(0);
    expect(out).toBe('"a"",""b.example","10.0.1.5"\n');
  });
});
