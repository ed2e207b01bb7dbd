// Loads a server with autocannon. Reads the task from standard input as JSON and prints the result.
import { text } from "node:stream/consumers";
import autocannon from "autocannon";

const { origins, paths, connections, seconds, headers, isSlow } = JSON.parse(await text(process.stdin));
let place = 0;
const walk = (request) => ({ ...request, path: paths[place++ % paths.length] });
const requests = paths.length === 1 ? [{ path: paths[0] }] : [{ setupRequest: walk }];
const times = [];
let first = 0;
let last = 0;
const run = autocannon({ url: origins[0], connections, duration: seconds, headers, requests, timeout: 120 });
run.on("response", (_client, _status, _bytes, milliseconds) => {
  times.push(milliseconds);
  last = Date.now() / 1000;
  first ||= last;
});
const { errors, statusCodeStats, duration, throughput } = await run;
const statuses = Object.entries(statusCodeStats).map(([status, { count }]) => [Number(status), count]);
const ends = isSlow && last > 0 ? { first, last } : {};
console.log(JSON.stringify({ errors, statuses, seconds: duration, bytes: throughput.total, times, ...ends }));
