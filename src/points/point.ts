// A capture point: where packets are taken, and the way to run a program there.

/** How a program is run at a point: the tool, and what it needs to know. Names are checked (`target.ts`): none reads like an option. */
export type Way =
  | { readonly method: 'local' }
  | {
      readonly method: 'ssh';
      readonly user: string | null;
      readonly host: string;
      readonly port: number | null;
      /** A file as `ssh -F` reads it, as `vagrant ssh-config` prints it; null: the user's own. */
      readonly config: string | null;
    }
  | {
      readonly method: 'kubectl';
      readonly context: string | null;
      readonly namespace: string | null;
      readonly pod: string;
      readonly container: string | null;
    }
  | { readonly method: 'node'; readonly context: string | null; readonly namespace: string | null; readonly node: string }
  | { readonly method: ContainerTool; readonly container: string }
  | { readonly method: 'netns'; readonly netns: string }
  | { readonly method: 'vagrant'; readonly machine: string }
  | { readonly method: 'lima'; readonly instance: string }
  /** A program that runs its arguments elsewhere. `joins`: it hands them to a shell there, as ssh does, instead of one by one. */
  | { readonly method: 'command'; readonly command: readonly string[]; readonly joins: boolean };

export type ContainerTool = 'docker' | 'podman' | 'nerdctl';
export type Method = Way['method'];

export interface Point {
  /** Unique, and fit for the name of a file. */
  readonly name: string;
  readonly way: Way;
  /** Run what needs rights by `sudo -n`; in a container as its root, with every right. */
  readonly sudo: boolean;
  /** `any` (one capture of all, SLL2), or names, a capture each. */
  readonly interfaces: 'any' | readonly string[];
  /** pcap-filter(7) of this point alone; null: that of the run. */
  readonly filter: string | null;
  /** An image that has tcpdump and a shell, for pods and containers that have none, and for nodes of a cluster. */
  readonly image: string | null;
}

/** What a points file says, or arguments of the form NAME=TARGET. */
export interface Points {
  readonly points: readonly Point[];
  /** What is asked of the cluster beside the points; null: nothing. */
  readonly cluster: Cluster | null;
  /** pcap-filter(7), or null. */
  readonly filter: string | null;
  /** Bytes of each packet; null: all. */
  readonly snapLength: number | null;
  /** Topology files, as they are opened. */
  readonly topology: readonly string[];
}

export interface Cluster {
  readonly kubectl: boolean;
  readonly cilium: boolean;
  readonly context: string | null;
}
