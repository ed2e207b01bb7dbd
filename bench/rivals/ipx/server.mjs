// Runs ipx for the pictures of a folder, as its README shows: node server.mjs FOLDER
import { createServer } from "node:http";
import { createIPX, createIPXNodeServer, ipxFSStorage } from "ipx";

const ipx = createIPX({ storage: ipxFSStorage({ dir: process.argv[2] }) });
const server = createServer(createIPXNodeServer(ipx));
server.listen(0, "127.0.0.1", () => console.log(`ready at http://127.0.0.1:${server.address().port}`));
// Ends with the bench, even if that crashes.
process.stdin.on("close", () => process.exit(0)).resume();
