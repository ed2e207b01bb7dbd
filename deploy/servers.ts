import { startRealServers } from "./real_servers.ts";

/** Runs a PostgreSQL and an S3 service until it is stopped, and prints the settings of nodes that use them. */
const servers = await startRealServers();
if (!servers) process.exit(1);
console.log("# PostgreSQL and S3 are ready, until Ctrl+C. They keep nothing. For another terminal:\n");
for (const [name, value] of Object.entries(servers.settings)) console.log(`export ${name}='${value}'`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
setInterval(() => {}, 2 ** 30);
