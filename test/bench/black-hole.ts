import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, tempDir, type Figure } from '#testing';

const execute = promisify(execFile);

/**
 * A server, a client and a bridge between them, each in a network of its own. The bridge carries 1,280 bytes and drops larger packets without a
 * word, while both ends believe in 1,500. Without the offloading turned off, the ends would pass each other segments of any size, which a bridge
 * lets through: nothing would be dropped.
 */
const NETWORK = `set -e
mount -t tmpfs none /run; mkdir /run/netns
for n in server client bridge; do ip netns add $n; done
ip -n bridge link add br0 type bridge; ip -n bridge link set br0 up
for n in server client; do
  ip link add eth0 netns $n type veth peer name $n netns bridge
  ip -n $n link set lo up; ip -n $n link set eth0 up; ip -n bridge link set $n up master br0
  ip netns exec $n ethtool -K eth0 tso off gso off gro off >&2
done
ip -n server addr add 10.9.0.1/24 dev eth0; ip -n client addr add 10.9.0.2/24 dev eth0
ip -n bridge link set client mtu $MTU
eval "$REMEDY"
ip netns exec server "$NODE" "$MAIN" serve >&2 & server=$!
trap 'kill $server; wait $server' EXIT
up() { ip netns exec client bash -c 'exec 3<>/dev/tcp/10.9.0.1/2200' 2>&-; }
for try in $(seq 300); do up && break; sleep 0.1; done
for n in $(seq $JOINS); do
  began=$(date +%s%3N)
  ip netns exec client timeout 60 ssh -F none -tt -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p 2200 nobody@10.9.0.1 >&2 || true
  echo $(($(date +%s%3N) - began))
done`;

interface Case {
  readonly mtu: number;
  readonly joins: number;
  /** What is done on the two ends. */
  readonly remedy: string;
}

const CLEAR: Case = { mtu: 1500, joins: 5, remedy: '' };
const ROUTE: Case = { mtu: 1280, joins: 5, remedy: 'ip -n server route change 10.9.0.0/24 dev eth0 mtu 1280' };
const PROBING: Case = {
  mtu: 1280,
  joins: 1,
  remedy: 'for n in server client; do ip netns exec $n sysctl -qw net.ipv4.tcp_mtu_probing=1; done',
};
const NONE: Case = { mtu: 1280, joins: 1, remedy: '' };

/** What a network costs that drops large packets without a word: from starting ssh to the answer to a wrong token. As root, with `ip` and `ethtool`. */
export async function run(): Promise<Figure[]> {
  const clear = median(await times(CLEAR));
  const figure = (name: string, value: number): Figure => ({ name, value, unit: 'ms', yardstick: clear });
  return [
    {
      ...figure('an MTU black hole, the smaller MTU on the route of the server', median(await times(ROUTE))),
      aim: '2 times',
    },
    figure('the same, without that, but tcp_mtu_probing at both ends', median(await times(PROBING))),
    figure('the same, with neither: until the server hangs up', median(await times(NONE))),
  ];
}

async function times({ mtu, joins, remedy }: Case): Promise<number[]> {
  const dir = tempDir('smh');
  try {
    const { stdout } = await execute(
      'unshare',
      ['--net', '--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', NETWORK],
      {
        env: {
          PATH: process.env['PATH'],
          NODE: process.execPath,
          MAIN: join(import.meta.dirname, '../../apps/shipmate/src/main.js'),
          MTU: String(mtu),
          JOINS: String(joins),
          REMEDY: remedy,
          SHIPMATE_BIND: '10.9.0.1',
          SHIPMATE_SSH_PORT: '2200',
          SHIPMATE_DATA_DIR: dir.path,
          HOME: dir.path,
        },
      },
    );
    return stdout.trim().split('\n').map(Number);
  } finally {
    dir.dispose();
  }
}
