// `-z icmp,srt[,FILTER]` and `-z icmpv6,srt`: how long echo requests waited for their replies.

import { fieldCount } from '../../dissect/fields.js';
import { definitionsOf } from '../../dissect/lookup.js';
import { emitLayer, FieldCollector } from '../../dissect/tree.js';
import { type MakeStatistic, ownLayers } from './statistic.js';

/** Times kept for the median: every second one is dropped when there are more. */
const MAX_TIMES = 1 << 20;

interface Extreme {
  ms: number;
  frame: number;
}

export const echoTimes =
  (name: 'icmp' | 'icmpv6', title: string, request: number): MakeStatistic =>
  (rest, { registry, filter }) => {
    const chosen = filter(rest);
    const proto = registry.idOf(name);
    const collector = new FieldCollector([definitionsOf(registry, `${name}.resptime`)], fieldCount());
    let times: number[] = [];
    let [requests, replies, sum, squares] = [0, 0, 0, 0];
    let step = 1;
    const least: Extreme = { ms: Number.POSITIVE_INFINITY, frame: 0 };
    const most: Extreme = { ms: 0, frame: 0 };
    const add = (ms: number, frame: number): void => {
      if (ms < least.ms) Object.assign(least, { ms, frame });
      if (ms > most.ms || most.frame === 0) Object.assign(most, { ms, frame });
      sum += ms;
      squares += ms * ms;
      if (replies++ % step === 0) times.push(ms);
      if (times.length < MAX_TIMES) return;
      times = times.filter((_, i) => i % 2 === 0);
      step *= 2;
    };
    return () => ({
      see(layers) {
        if (!chosen.matches(layers)) return;
        for (let i = 0; i < ownLayers(layers); i++) {
          if (layers.proto[i] !== proto) continue;
          if (layers.bytes[layers.start[i]] === request) requests++;
          collector.reset();
          emitLayer(layers, i, collector);
          const [ms] = collector.values[0];
          if (typeof ms === 'number') add(ms, layers.frame?.number ?? 0);
        }
      },
      text() {
        const line = '='.repeat(74);
        const lost = requests - replies;
        const share = requests === 0 ? 0 : (100 * lost) / requests;
        const cell = (text: string | number, width: number) => String(text).padEnd(width);
        const ms = (value: number, width = 10) => cell(value.toFixed(3), width);
        let text = `\n${line}\n${title} Service Response Time (SRT) Statistics (all times in ms):\nFilter: ${chosen.text === '' ? '<none>' : chosen.text}\n\n`;
        text += 'Requests  Replies   Lost      % Loss\n';
        text += `${cell(requests, 10)}${cell(replies, 10)}${cell(lost, 10)}${share.toFixed(1).padStart(5)}%\n\n`;
        text += 'Minimum   Maximum   Mean      Median    SDeviation     Min Frame Max Frame\n';
        if (replies === 0) text += `${ms(0).repeat(4)}${ms(0, 15)}${cell(0, 10)}${cell(0, 10)}\n`;
        else {
          const mean = sum / replies;
          const sorted = times.sort((a, b) => a - b);
          const half = sorted.length >> 1;
          const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
          // Of a sample, as tshark has it.
          const variance = replies < 2 ? 0 : Math.max(0, (squares - sum * mean) / (replies - 1));
          text += ms(least.ms) + ms(most.ms) + ms(mean) + ms(median) + ms(Math.sqrt(variance), 15);
          text += `${cell(least.frame, 10)}${cell(most.frame, 10)}\n`;
        }
        return `${text}${line}\n`;
      },
    });
  };
