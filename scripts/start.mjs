// The first thing to try: diagnoses a bundled capture, or the files that are named. A fault found is a success here, so that
// npm does not print an error of its own about the exit code.
import { spawnSync } from 'node:child_process';

const named = process.argv.slice(2);
const args =
  named.length > 0 ? named : ['captures/native-missing-route.pcap', '-t', 'captures/native-missing-route.topology.yaml'];
const { status } = spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' });
process.exitCode = status === 1 ? 0 : (status ?? 1);
