import { describe, expect, it } from 'vitest';
import { misspelt } from '../../src/bytes/nearest.js';

const names = ['router', 'node-a', 'k8s-w1', 'eth0', 'gw', 'br-lan', 'veth1'];

describe('a slip of the keyboard', () => {
  it.each([
    ['ruoter', 'router'],
    ['rooter', 'router'],
    ['Router', 'router'],
    ['node_a', 'node-a'],
    ['eht0', 'eth0'],
    ['br-aln', 'br-lan'],
  ])('%s is %s', (word, meant) => {
    expect(misspelt(word, names)).toBe(meant);
  });

  it.each([
    'router', // it is there
    'client-pod',
    'node-d',
    'node-b',
    'k8s-w3',
    'k8s-w11',
    'eth5',
    'router-2',
    'fw',
    'br-wan',
    'beth0',
    'eth',
    'eth0.100',
    '*',
    '',
    'x'.repeat(5000),
  ])('%s is a name of its own', (word) => {
    expect(misspelt(word, names)).toBeNull();
  });
});
