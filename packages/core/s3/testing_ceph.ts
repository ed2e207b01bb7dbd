import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../testing/testing_ports.ts";
import type { Watchdog } from "./testing_watchdog.ts";
import { until } from "../testing/testing_until.ts";

/** The programs of the Debian packages radosgw, ceph-osd, ceph-mon and ceph-common. */
export const CEPH_PROGRAMS: readonly string[] = [
  ...["radosgw", "radosgw-admin", "ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool"],
];

/** A Ceph cluster of three processes: monitor, one store in memory, and the S3 gateway. */
export interface CephCluster {
  /** The port of the gateway. */
  readonly port: number;
  readonly killGateway: () => Promise<void>;
  readonly startGateway: () => Promise<void>;
}

/** Options for {@linkcode startCeph}. */
export interface StartCephOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly watchdog: Watchdog;
}

const START_MILLISECONDS = 60_000;

/** Starts a cluster with its files in a folder, on free loopback ports. */
export async function startCeph(folder: string, options: StartCephOptions): Promise<CephCluster> {
  const { accessKeyId, secretAccessKey, watchdog } = options;
  for (const name of ["mon", "osd", "rgw", "run", "log"]) await mkdir(join(folder, name));
  const [port = 0, messenger = 0, oldMessenger = 0] = freePorts(3);
  const monitors = `[v2:127.0.0.1:${messenger},v1:127.0.0.1:${oldMessenger}]`;
  const cluster = crypto.randomUUID();
  const store = crypto.randomUUID();
  const file = join(folder, "ceph.conf");
  await Bun.write(file, configuration(folder, { cluster, monitors, port }));
  const [keyring, map] = [join(folder, "keyring"), join(folder, "monmap")];

  await run("monmaptool", "--create", "--clobber", "--fsid", cluster, "--addv", "a", monitors, map);
  await run(
    "ceph-authtool",
    "--create-keyring",
    keyring,
    "--gen-key",
    "-n",
    "mon.",
    "--cap",
    "mon",
    "allow *",
  );
  await run("ceph-mon", "-c", file, "--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring);
  start("ceph-mon", "-f", "-c", file, "-i", "a", "--public-addrv", monitors);
  await run("ceph", "-c", file, "osd", "new", store);
  await run("ceph-osd", "-c", file, "-i", "0", "--mkfs", "--osd-uuid", store);
  start("ceph-osd", "-f", "-c", file, "-i", "0");
  await run("ceph", "-c", file, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost");
  let gateway = await startGateway();
  const user = ["user", "create", "--uid=test", "--display-name=test"];
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await run("radosgw-admin", "-c", file, "-n", "client.rgw", ...user, ...keys);

  return {
    port,
    killGateway: async () => {
      gateway.kill("SIGKILL");
      await gateway.exited;
    },
    startGateway: async () => {
      gateway = await startGateway();
    },
  };

  async function startGateway() {
    const child = start("radosgw", "-f", "-c", file, "-n", "client.rgw");
    await answering(`http://127.0.0.1:${port}/`, () => child.exitCode === null);
    return child;
  }

  function start(...command: readonly string[]) {
    const output = Bun.file(join(folder, "log", `${command[0]}.out`));
    const child = Bun.spawn([...command], { stdio: ["ignore", output, output] });
    child.unref();
    watchdog.watch(child.pid);
    void child.exited.then(() => watchdog.forget(child.pid));
    return child;
  }
}

async function run(...command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"], timeout: START_MILLISECONDS });
  const [errors] = await Promise.all([new Response(child.stderr).text(), new Response(child.stdout).text()]);
  if ((await child.exited) === 0) return;
  throw new Error(`Cannot start Ceph: ${command[0]} ends with ${child.exitCode}: ${errors}`);
}

/** Waits until a starting server responds. */
async function answering(url: string, isAlive: () => boolean): Promise<void> {
  const look = async () => {
    if (!isAlive()) throw new Error("Cannot start Ceph: its gateway has ended");
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    await response?.arrayBuffer();
    return response !== null;
  };
  await until("the gateway of Ceph answers", look, START_MILLISECONDS);
}

/** Configures one machine without secrets, replicas or a manager. Without any of these lines, Ceph starts slowly or not at all. */
function configuration(
  folder: string,
  { cluster, monitors, port }: { readonly cluster: string; readonly monitors: string; readonly port: number },
): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitors}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
keyring = ${folder}/keyring
run dir = ${folder}/run
admin socket = ${folder}/run/$cluster-$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
mon data = ${folder}/mon
mon allow pool size one = true
mon data avail crit = 1
mon max pg per osd = 1000
paxos min wait = 0.01
paxos propose interval = 0.02
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[client.rgw]
ms mon client mode = crc
rgw data = ${folder}/rgw
rgw dns name = localhost
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw thread pool size = 64
`;
}
